// Power over time as areas on top of each other: requests, overhead and idle add up to the meter.

import { h, svg } from "../../core/dom.js";
import { digits } from "../../core/format.js";

const PARTS = ["requests", "overhead", "idle"];
const MOST = 120;
const [WIDTH, HEIGHT] = [600, 160];

export class PowerHistory {
  constructor() {
    this.samples = [];
    this.last = null;
  }

  // Take a report of the energy in; two are needed for the first power.
  take(report, at_s) {
    const total_j = { requests: report.requests_j, overhead: report.overhead_j, idle: report.idle_j };
    const passed_s = at_s - (this.last?.at_s ?? at_s);
    if (passed_s > 0) {
      this.samples.push(Object.fromEntries(PARTS.map((part) => [part, Math.max(0, total_j[part] - this.last.total_j[part]) / passed_s])));
      this.samples.splice(0, this.samples.length - MOST);
    }
    if (!this.last || passed_s > 0) this.last = { at_s, total_j };
  }

  element() {
    if (this.samples.length < 2) return h("p", { class: "faint" }, "Power over time is drawn while this page is open.");
    const highest = Math.max(...this.samples.map((sample) => sum(sample)), 0.001);
    const text = `Power in the last ${this.samples.length} readings, at most ${digits(highest)} watts`;
    const areas = PARTS.map((part, at) => svg("path", { d: this.outline(at, highest), class: `area-${part}` }));
    return h(
      "figure",
      {},
      svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "area", role: "img", "aria-label": text, preserveAspectRatio: "none" }, areas),
      h("figcaption", {}, text, legend()),
    );
  }

  outline(at, highest) {
    const height = (sample, parts) => HEIGHT * (1 - sum(sample, parts) / highest);
    const x = (index) => ((index * WIDTH) / (this.samples.length - 1)).toFixed(1);
    const edge = (parts) => this.samples.map((sample, index) => `${x(index)} ${height(sample, parts).toFixed(1)}`);
    return `M${edge(PARTS.slice(0, at)).join("L")}L${edge(PARTS.slice(0, at + 1)).reverse().join("L")}Z`;
  }
}

function sum(sample, parts = PARTS) {
  return parts.reduce((total, part) => total + sample[part], 0);
}

function legend() {
  const sign = (part) => svg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" }, svg("rect", { width: 1, height: 1, class: `area-${part}` }));
  return h("ul", { class: "legend" }, PARTS.map((part) => h("li", {}, sign(part), part)));
}
