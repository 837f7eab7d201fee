// Conditions on fields: `price` at most 40. Values are read as numbers where they are numbers.

import { button, h, option, show } from "../../core/dom.js";

const OPERATORS = {
  eq: "is", ne: "is not", lt: "below", lte: "at most", gt: "above", gte: "at least",
  in: "one of (a, b)", contains: "contains", exists: "is there (true, false)",
};
let lists = 0;

export class Conditions {
  // `changed` is called with each change of a condition that is whole.
  constructor(conditions, changed) {
    this.changed = changed;
    this.known = h("datalist", { id: `known-fields-${++lists}` });
    this.rows = h("div", {}, conditions.map((condition) => this.row(condition)));
    const add = button("Add a condition", () => {
      this.rows.append(this.row());
      this.rows.lastChild.querySelector("input").focus();
    });
    this.element = h("fieldset", { class: "conditions" }, h("legend", {}, "Only where"), this.rows, this.known, add);
  }

  // Offer the fields that documents were seen to have.
  offer(names) {
    show(this.known, [...names].sort().map((name) => option(name)));
  }

  // Take a condition in as if it had been written here.
  add(condition) {
    this.rows.append(this.row(condition));
    this.changed();
  }

  get value() {
    return [...this.rows.children].map(read).filter(Boolean);
  }

  row({ field = "", op = "eq", value = "" } = {}) {
    const change = () => this.changed();
    const remove = () => {
      row.remove();
      change();
    };
    const row = h(
      "div",
      { class: "row" },
      h("input", { "aria-label": "Field", placeholder: "field", list: this.known.id, value: field, onchange: change }),
      h("select", { "aria-label": "Comparison", onchange: change }, Object.entries(OPERATORS).map(([name, text]) => option(name, text, name === op))),
      h("input", { "aria-label": "Value", placeholder: "value", value: written(value), onchange: change }),
      button("Remove", remove),
    );
    return row;
  }
}

function read(row) {
  const [field, op, value] = [...row.querySelectorAll("input, select")].map((control) => control.value.trim());
  if (!field || !value) return null;
  return { field, op, value: op === "in" ? value.split(",").map((one) => scalar(one.trim())) : scalar(value) };
}

// A text in quotes stays a text.
function scalar(text) {
  if (/^".*"$/.test(text)) return text.slice(1, -1);
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function written(value) {
  if (Array.isArray(value)) return value.map(written).join(", ");
  return typeof value === "string" && scalar(value) !== value ? `"${value}"` : String(value);
}
