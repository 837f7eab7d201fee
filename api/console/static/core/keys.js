// The API key of this tab: asked for once, kept until the tab is closed, never in an address.

import { button, field, h, show } from "./dom.js";

const NAME = "brainwav-key";
let asking = null;

export function key() {
  return sessionStorage.getItem(NAME);
}

export function keyHeaders() {
  return key() ? { Authorization: `Bearer ${key()}` } : {};
}

// Ask in a dialog. Resolves to true once there is a key, to false where none was given.
// Requests that are refused side by side share one question.
export function askForKey(reason = "This service asks for an API key.") {
  asking ??= question(reason).finally(() => (asking = null));
  return asking;
}

function question(reason) {
  return new Promise((resolve) => {
    const input = h("input", { type: "password", autocomplete: "off", spellcheck: "false", required: true });
    const dialog = h("dialog", { "aria-label": "Give an API key" });
    const take = (event) => {
      event.preventDefault();
      sessionStorage.setItem(NAME, input.value.trim());
      dialog.close("kept");
    };
    const form = h(
      "form",
      { onsubmit: take },
      h("p", {}, reason),
      field("API key", input, "It stays in this tab and is forgotten when the tab is closed."),
      h("div", { class: "row" }, h("button", { class: "primary" }, "Use this key"), button("Cancel", () => dialog.close())),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "kept");
    });
    document.body.append(show(dialog, form));
    dialog.showModal();
  });
}

// A button that says whether there is a key, and changes it.
export function keyButton(changed) {
  const press = async () => {
    if (key()) sessionStorage.removeItem(NAME);
    else if (!(await askForKey("With which key shall this tab ask?"))) return;
    changed();
  };
  return button(key() ? "Forget key" : "Give key", press, { class: "quiet" });
}
