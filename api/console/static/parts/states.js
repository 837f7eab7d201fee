// What stands where there is nothing yet, nothing at all, or something went wrong.

import { button, h } from "../core/dom.js";

export function loading(what) {
  return h("p", { class: "state", role: "status" }, `Loading ${what}…`);
}

export function empty(text, ...more) {
  return h("div", { class: "state" }, h("p", {}, text), ...more);
}

// A refusal in the service's words, with the id that its log knows the request by.
export function failed(error, again = null) {
  return h(
    "div",
    { class: "state error", role: "alert" },
    h("p", {}, error.message),
    error.requestId && h("p", { class: "faint" }, `Request ${error.requestId}`),
    again && button("Try again", again),
  );
}

export function warned(warnings = []) {
  if (!warnings?.length) return null;
  const lines = warnings.map((warning) => h("li", {}, warning.message ?? warning.code));
  return h("ul", { class: "warnings", "aria-label": "What was cut or ignored" }, lines);
}
