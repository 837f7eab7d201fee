// Why a hit was found: each way of searching, with its rank and its calibrated score as a bar.

import { h, svg } from "../core/dom.js";
import { digits } from "../core/format.js";

const WAYS = { keyword: "Words", text_vector: "Meaning of the text", image_vector: "Meaning of the picture" };
const FULL = 100;

// `most` has the greatest score of each way among the hits shown, which a full bar stands for.
export function why(explain, most, sentence) {
  const rows = Object.entries(explain).map(([way, found]) => row(way, found, most[way] ?? 0));
  const head = h("tr", {}, ["Found by", "Rank", "Score", ""].map((text) => h("th", { scope: "col" }, text)));
  return h("details", { class: "why" }, h("summary", {}, "Why this"), sentence && h("p", {}, sentence), h("table", {}, h("thead", {}, head), h("tbody", {}, rows)));
}

function row(way, found, most) {
  const score = found?.calibrated ?? null;
  const raw = found?.raw === undefined ? "" : `before calibration ${digits(found.raw)}`;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, WAYS[way] ?? way),
    h("td", {}, found?.rank ?? "–"),
    h("td", { title: raw }, digits(score)),
    h("td", {}, bar(most > 0 ? Math.max(0, score ?? 0) / most : 0)),
  );
}

function bar(share) {
  const length = Math.round(Math.min(1, share) * FULL);
  return svg(
    "svg",
    { viewBox: `0 0 ${FULL} 8`, class: "bar", "aria-hidden": "true" },
    svg("rect", { width: FULL, height: 8, class: "bar-room" }),
    svg("rect", { width: length, height: 8, class: "bar-part" }),
  );
}

// The greatest calibrated score of each way.
export function greatest(hits) {
  const most = {};
  for (const hit of hits) {
    for (const [way, found] of Object.entries(hit.explain ?? {})) {
      most[way] = Math.max(most[way] ?? 0, found?.calibrated ?? 0);
    }
  }
  return most;
}
