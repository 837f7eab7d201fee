// A document as a card: its picture, its text and its fields, all of it as text.

import { h } from "../core/dom.js";
import { short } from "../core/format.js";
import { picture } from "../core/pictures.js";

// `more` goes below: scores, buttons.
export function card(namespace, document, ...more) {
  const shown = document.modality === "IMAGE" && picture(namespace, document.id, short(document.text ?? "", 120));
  return h(
    "article",
    { class: "card", "data-id": document.id },
    shown && h("div", { class: "picture" }, shown),
    h("div", { class: "card-text" }, h("h3", {}, document.id), words(document), fields(document.metadata), more),
  );
}

function words(document) {
  if (document.passage) return h("p", {}, marked(document), document.truncated && " …");
  return document.text && h("p", {}, short(document.text));
}

// The passage with the query's words marked. Places are code points, not JavaScript's units.
function marked({ passage, highlights = [] }) {
  const characters = Array.from(passage.text);
  const part = (from, to) => characters.slice(from, to).join("");
  const pieces = [];
  let at = 0;
  for (const { start, end } of highlights) {
    const [from, to] = [start - passage.start, end - passage.start];
    if (from < at || to > characters.length) continue;
    pieces.push(part(at, from), h("mark", {}, part(from, to)));
    at = to;
  }
  return [...pieces, part(at)];
}

export function fields(metadata = {}) {
  const entries = Object.entries(metadata);
  if (!entries.length) return null;
  const pair = ([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, short(shown(value), 80)));
  return h("dl", { class: "fields" }, entries.slice(0, 12).map(pair));
}

function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
