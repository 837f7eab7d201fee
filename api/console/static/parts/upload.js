// An upload as it goes on: how far it is, and each file or row that failed with its reason.

import { button, h, show } from "../core/dom.js";
import { plural } from "../core/format.js";
import { partsOf, written } from "../core/uploading.js";
import { failed, warned } from "./states.js";

const MOST_SHOWN = 200;

// Write files into a namespace, showing it in `place`; `done` is called when something was written.
export async function upload(place, files, namespace, done, leaving) {
  const stop = new AbortController();
  leaving.addEventListener("abort", () => stop.abort());
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Upload" });
  const said = h("p", { role: "status" });
  const control = button("Stop", () => stop.abort());
  const failures = [];
  show(place, bar, said, control);
  try {
    const parts = await partsOf(files, (failure) => failures.push(failure));
    const all = parts.reduce((sum, part) => sum + part.items.length, failures.length);
    const told = { written: 0, warnings: [], handled: failures.length };
    const tell = () => {
      bar.value = all ? told.handled / all : 1;
      show(said, `${plural(told.written, "document")} written, ${failures.length} failed, ${all - told.handled} left`);
    };
    tell();
    for (const part of parts) {
      const outcome = await written(part, namespace, stop.signal);
      told.written += outcome.written;
      told.handled += part.items.length;
      told.warnings.push(...outcome.warnings);
      failures.push(...outcome.failures);
      tell();
    }
    show(place, said, failureTable(failures), warned(told.warnings.slice(0, MOST_SHOWN)));
  } catch (error) {
    show(place, said, stop.signal.aborted ? h("p", {}, "Stopped. What was written stays.") : failed(error), failureTable(failures));
  }
  done();
}

function failureTable(failures) {
  if (!failures.length) return null;
  const rows = failures.slice(0, MOST_SHOWN).map(({ what, why }) => h("tr", {}, h("td", {}, what), h("td", {}, why)));
  const more = failures.length - rows.length;
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "What failed" },
    h("table", {}, h("caption", {}, "Not written"), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "What"), h("th", { scope: "col" }, "Why"))), h("tbody", {}, rows)),
    more > 0 && h("p", {}, `and ${more} more`),
  );
}
