// A hit: the document, its score, why it was found, and more of its kind.

import { path, send } from "../core/api.js";
import { button, h } from "../core/dom.js";
import { digits, short } from "../core/format.js";
import { card } from "./documents.js";
import { why } from "./why.js";

// `alike` is called with the hit's picture or text when somebody wants more of its kind.
export function hitCard(hit, namespace, most, alike) {
  const press = async () => alike(await likeness(hit, namespace));
  return card(
    namespace,
    hit,
    h("p", { class: "faint" }, `Score ${digits(hit.score)}`, place(hit.passage)),
    h("div", { class: "row" }, button("More like this", press, { "aria-label": `More like this: ${hit.id}` })),
    hit.explain && why(hit.explain, most),
  );
}

function place(passage) {
  const page = passage?.page && `, page ${passage.page}`;
  const heading = passage?.heading && `, under “${passage.heading}”`;
  return [page, heading];
}

async function likeness(hit, namespace) {
  if (hit.modality !== "IMAGE") return { text: short(hit.passage?.text ?? hit.text, 500) };
  const blob = await (await send("GET", path`/documents/${hit.id}/image?namespace=${namespace}`)).blob();
  return { picture: new File([blob], hit.id, { type: blob.type }) };
}
