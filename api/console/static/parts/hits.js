// A hit: the document, its score, why it was found, and more of its kind.

import { button, h } from "../core/dom.js";
import { digits } from "../core/format.js";
import { card } from "./documents.js";
import { why } from "./why.js";

const WAYS = { like: "More like this", unlike: "Less like this" };

// `alike` is called with one of `ways` when somebody wants more of a hit's kind, or less.
export function hitCard(hit, namespace, most, ways, alike) {
  const buttons = ways.map((kind) => button(WAYS[kind], () => alike(kind), { "aria-label": `${WAYS[kind]}: ${hit.id}` }));
  return card(
    namespace,
    hit,
    h("p", { class: "faint" }, `Score ${digits(hit.score)}`, place(hit.passage)),
    h("div", { class: "row" }, buttons),
    hit.explain && why(hit.explain, most, hit.explanation),
  );
}

function place(passage) {
  const page = passage?.page && `, page ${passage.page}`;
  const heading = passage?.heading && `, under “${passage.heading}”`;
  return [page, heading];
}
