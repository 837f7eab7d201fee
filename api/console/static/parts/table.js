// A table that scrolls by itself where it is too wide.

import { h } from "../core/dom.js";

// `columns` are names; a row is a list of cells, numbers among them as texts. The first cell is the row's head.
export function table(caption, columns, rows) {
  const head = h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)));
  const row = ([first, ...cells]) => h("tr", {}, h("th", { scope: "row" }, first), cells.map((cell) => h("td", {}, cell)));
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, rows.map(row))),
  );
}

export function figures(pairs) {
  return h("div", { class: "figures" }, pairs.map(([name, value]) => h("div", { class: "figure" }, h("span", { class: "faint" }, name), h("strong", {}, value))));
}
