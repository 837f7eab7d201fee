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
    show(this.values, values, facet.statistics && this.range(facet), h("span", { class: "faint" }, said.filter(Boolean).join("; ")));
  }

  // Of numbers, such as prices: from the least to the greatest that is wanted; an empty one is open.
  range({ field: name, statistics }) {
    const bound = (value) => h("input", { type: "number", step: "any", placeholder: digits(value) });
    const [least, most] = [bound(statistics.min), bound(statistics.max)];
    const keep = () => {
      if (least.value) this.narrow({ field: name, op: "gte", value: Number(least.value) });
      if (most.value) this.narrow({ field: name, op: "lte", value: Number(most.value) });
    };
    return h("div", { class: "row" }, field(`${name} from`, least), field(`${name} to`, most), button("Keep these", keep));
  }
}
