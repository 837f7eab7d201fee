// Where files, folders and tables are dropped or chosen.

import { button, h } from "../core/dom.js";
import { chosen, filesOf } from "../core/dropped.js";

// `given` is called with the files and their paths.
export function dropZone(given, signal) {
  const files = picker("Files to add", { multiple: true }, given);
  const folder = picker("Folder to add", { webkitdirectory: true }, given);
  const zone = h(
    "div",
    { class: "drop" },
    h("p", {}, "Drop a folder, a CSV or files here: pictures, texts, Markdown, HTML, DOCX, PDF."),
    h("div", { class: "row centred" }, button("Choose files…", () => files.click()), button("Choose a folder…", () => folder.click())),
    files,
    folder,
  );
  const over = (event) => {
    event.preventDefault();
    zone.classList.toggle("over", event.type === "dragover");
  };
  const drop = async (event) => {
    over(event);
    given(await filesOf(event.dataTransfer));
  };
  addEventListener("dragover", over, { signal });
  addEventListener("dragleave", over, { signal });
  addEventListener("drop", drop, { signal });
  return zone;
}

function picker(name, properties, given) {
  const input = h("input", { type: "file", class: "hidden-file", tabindex: "-1", "aria-label": name, ...properties });
  input.addEventListener("change", () => {
    const files = chosen(input);
    input.value = "";
    given(files);
  });
  return input;
}
