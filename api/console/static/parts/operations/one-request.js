// What one request cost, by the id that its answer carried; and its log lines, for an administrator.

import { ask, path } from "../../core/api.js";
import { button, field, h, show } from "../../core/dom.js";
import { digits, joules } from "../../core/format.js";
import { failed, warned } from "../states.js";
import { table } from "../table.js";

export function oneRequest(signal) {
  const id = h("input", { required: true, autocomplete: "off", spellcheck: "false" });
  const place = h("div", { "aria-live": "polite" });
  const look = async (event, where, shown) => {
    event.preventDefault();
    if (!id.reportValidity()) return;
    try {
      show(place, shown((await ask("GET", where(id.value.trim()), { signal })).said));
    } catch (error) {
      if (!signal.aborted) show(place, failed(error));
    }
  };
  const showCost = (event) => look(event, (wanted) => path`/sustainability/requests/${wanted}`, cost);
  const showLines = (event) => look(event, (wanted) => path`/logs/${wanted}`, lines);
  const buttons = [h("button", {}, "Show its cost"), button("Show its log lines", showLines)];
  const form = h("form", { onsubmit: showCost }, h("div", { class: "row" }, field("X-Request-ID of a request", id), buttons));
  return [form, place];
}

function lines({ lines: found, warnings }) {
  const row = ({ at, component, level, event, fields }) => [
    at.slice(11, 23),
    component,
    h("span", { class: level === "error" || level === "critical" ? "bad" : null }, level),
    event,
    Object.entries(fields).map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`).join(" "),
  ];
  return [
    found.length > 0 && table("Log lines of the request", ["Time (UTC)", "Component", "Level", "Event", "Said"], found.map(row)),
    warned(warnings),
  ];
}

function cost(said) {
  const own = [
    ["Energy", joules(said.energy_j)],
    ["With idle and overhead", joules(said.fully_loaded_j)],
    ["As its answer estimated", joules(said.estimate_j)],
    ["Grams of CO₂", digits(said.emissions_g)],
  ];
  const parts = Object.entries(said.by_deployment_j).map(([name, energy_j]) => [`In ${name}`, joules(energy_j)]);
  return table(`${said.endpoint}, ${said.settled ? "settled" : "not settled yet"}`, ["What", "How much"], [...own, ...parts]);
}
