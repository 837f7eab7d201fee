// The request of a page, to copy.

import { address } from "../core/api.js";
import { button, h, show } from "../core/dom.js";
import { key } from "../core/keys.js";
import { curl, javascript, python } from "../core/snippets.js";

const LANGUAGES = { curl, Python: python, JavaScript: javascript };

export function requestCode(where, body) {
  const code = h("code", {});
  const said = h("span", { role: "status", class: "faint" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      show(said, "Copied.");
    } catch {
      // Browsers keep the clipboard from pages in clear of other machines.
      getSelection().selectAllChildren(code);
      show(said, "Selected: press Ctrl+C.");
    }
  };
  const pick = (name) => {
    show(code, LANGUAGES[name](address(where), body, key() !== null));
    show(said);
  };
  pick("curl");
  return h(
    "details",
    { class: "request" },
    h("summary", {}, "This request as code"),
    h("div", { class: "row" }, Object.keys(LANGUAGES).map((name) => button(name, () => pick(name))), button("Copy", copy), said),
    h("pre", { tabindex: "0" }, code),
  );
}
