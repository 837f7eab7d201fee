// Energy: what the meter read and where it went, by route, and the mode with its switch.

import { ask } from "../../core/api.js";
import { button, field, h, option, show } from "../../core/dom.js";
import { count, digits, joules } from "../../core/format.js";
import { failed } from "../states.js";
import { figures, table } from "../table.js";

const MODES = ["full", "eco", "power_cap", "auto"];

export function energy(report, history) {
  const sum = `${joules(report.requests_j)} + ${joules(report.overhead_j)} + ${joules(report.idle_j)}`;
  return [
    figures([
      ["Measured", joules(report.measured_j)],
      ["Requests + overhead + idle", sum],
      ["Grams of CO₂", digits(report.emissions_g)],
      ["Power of the last 10 s", `${digits(report.power_w)} W`],
    ]),
    h("p", { class: "faint" }, `Estimated by ${report.method}; the true figure lies between ${digits(report.range.low)} and ${digits(report.range.high)} times it.`),
    report.warnings.length > 0 && h("ul", { class: "warnings" }, report.warnings.map((text) => h("li", {}, text))),
    history.element(),
    byRoute(report.endpoints),
  ];
}

function byRoute(endpoints) {
  if (!endpoints.length) return null;
  const row = (one) => [one.endpoint, count(one.requests), joules(one.energy_j), joules(one.j_per_request), digits(one.emissions_g)];
  return table("Joules by route", ["Route", "Requests", "Energy", "A request", "Grams"], endpoints.map(row));
}

// The mode in force; another takes a key of an administrator, and says so where there is none.
export class ModeSwitch {
  constructor(signal) {
    this.said = h("p", { role: "status" });
    this.choice = h("select", {}, MODES.map((mode) => option(mode)));
    const press = () => this.change(signal);
    this.element = h("div", {}, h("div", { class: "row" }, field("Mode", this.choice), button("Switch", press)), this.said);
    this.known = false;
  }

  show(mode) {
    if (!this.known) this.choice.value = mode.chosen;
    this.known = true;
    show(this.said, `In force: ${mode.effective} (${mode.reason}).`);
  }

  async change(signal) {
    try {
      const { said } = await ask("PUT", "/sustainability/mode", { json: { mode: this.choice.value }, signal });
      this.show(said);
    } catch (error) {
      if (!signal.aborted) show(this.said, failed(error));
    }
  }
}
