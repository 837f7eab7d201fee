// What one request cost, by the id that its answer carried.

import { ask, path } from "../../core/api.js";
import { field, h, show } from "../../core/dom.js";
import { digits, joules } from "../../core/format.js";
import { failed } from "../states.js";
import { table } from "../table.js";

export function oneRequest(signal) {
  const id = h("input", { required: true, autocomplete: "off", spellcheck: "false" });
  const place = h("div", { "aria-live": "polite" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      show(place, cost((await ask("GET", path`/sustainability/requests/${id.value.trim()}`, { signal })).said));
    } catch (error) {
      if (!signal.aborted) show(place, failed(error));
    }
  };
  const form = h("form", { onsubmit: submit }, h("div", { class: "row" }, field("X-Request-ID of one of your requests", id), h("button", {}, "Show its cost")));
  return [form, place];
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
