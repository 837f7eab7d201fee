// A tree of thoughts as it grows: a list in lists, each thought with the parts of its score.

import { h, show } from "../core/dom.js";
import { digits } from "../core/format.js";

const GIVEN_UP = { pruned: "given up", duplicate: "same as another", failed: "failed" };

export class ThoughtTree {
  constructor() {
    this.element = h("ul", { class: "tree", "aria-label": "Thoughts" });
    this.nodes = new Map();
  }

  get size() {
    return this.nodes.size;
  }

  // Take an event in; those that are not about the tree change nothing.
  take(name, data) {
    if (name === "node.created") this.add(data);
    const node = this.nodes.get(data.id);
    if (!node) return;
    if (name === "node.scored") Object.assign(node, { score: data.score, evidence: data.evidence ?? [] });
    if (name === "node.pruned") Object.assign(node, { status: data.status, reason: data.reason });
    if (name === "best.changed") this.best(data.id);
    draw(node);
  }

  add({ id, parent, thought }) {
    const node = { id, parent, thought, score: null, evidence: [], summary: h("summary", {}), body: h("div", {}), below: h("ul", {}) };
    node.item = h("li", {}, h("details", {}, node.summary, node.body), node.below);
    this.nodes.set(id, node);
    // What began before we came has no place to hang from.
    (this.nodes.get(parent)?.below ?? this.element).append(node.item);
  }

  // Mark the way to the best thought, and no other.
  best(id) {
    for (const node of this.nodes.values()) node.item.classList.remove("best");
    for (let node = this.nodes.get(id); node; node = this.nodes.get(node.parent)) node.item.classList.add("best");
  }
}

function draw({ summary, body, thought, score, evidence, status, reason }) {
  const given = GIVEN_UP[status] && ` (${GIVEN_UP[status]}${reason ? `: ${reason}` : ""})`;
  show(summary, `${score ? digits(score.total) : "…"} ${thought.kind}: ${thought.rationale}`, given);
  show(body, score && parts(score), evidence.length > 0 && h("p", { class: "faint" }, `Found: ${evidence.join(", ")}`));
}

function parts(score) {
  const rows = Object.entries(score).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number" }, digits(value))));
  return h("table", { class: "narrow" }, h("tbody", {}, rows));
}
