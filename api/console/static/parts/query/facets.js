// What documents hold in a field, counted; a press keeps those with one value.

import { button, field, h, option, show } from "../../core/dom.js";
import { count, digits, short } from "../../core/format.js";

export class Facets {
  // `changed` asks anew; `narrow` adds a condition.
  constructor(name, changed, narrow) {
    this.narrow = narrow;
    this.field = h("select", { onchange: changed }, option("", "nothing"), name && option(name, name, true));
    this.values = h("div", { class: "row" });
    this.element = h("div", {}, field("Count by", this.field), this.values);
  }

  get name() {
    return this.field.value;
  }

  // Offer the fields that documents were seen to have.
  offer(names) {
    const chosen = this.name;
    show(this.field, option("", "nothing"), [...new Set([...names, chosen])].filter(Boolean).sort().map((name) => option(name, name, name === chosen)));
  }

  draw([facet] = []) {
    if (!facet) {
      show(this.values);
      return;
    }
    const press = (value) => () => this.narrow({ field: facet.field, op: "eq", value });
    const values = facet.values.map((one) => button(`${short(String(one.value), 40)} (${count(one.count)})`, press(one.value)));
    const rest = facet.distinct - facet.values.length;
    const numbers = facet.statistics && `from ${digits(facet.statistics.min)} to ${digits(facet.statistics.max)}, ${digits(facet.statistics.mean)} on average`;
    const said = [numbers, rest > 0 && `${count(rest)} more values`, facet.missing > 0 && `${count(facet.missing)} documents without`];
    show(this.values, values, h("span", { class: "faint" }, said.filter(Boolean).join("; ")));
  }
}
