// A plan's answer: what it made of the goal, what it found, and the steps it took.

import { h } from "../core/dom.js";
import { digits, joules, milliseconds, plural } from "../core/format.js";
import { card } from "./documents.js";
import { warned } from "./states.js";

export function planAnswer(plan, namespace) {
  return [
    plan.degraded && h("p", { class: "warnings" }, `Planned by another engine: ${plan.degraded_reason}`),
    warned(plan.warnings),
    sentences(plan.explanation),
    words("Understood", plan.understood, (one) => one.as),
    words("Only searched for", plan.searched, (one) => one.as),
    words("Ignored", plan.ignored, (one) => one.reason),
    found(plan, namespace),
    summary(plan.summary),
    steps(plan.steps),
    h("p", { class: "faint" }, told(plan)),
  ];
}

function told({ score, stop_reason, engine, strategy, usage }) {
  const spent = `${plural(usage.nodes, "thought")}, ${plural(usage.tool_calls, "call")}, ${milliseconds(usage.wall_ms)}, ${joules(usage.energy_j)}`;
  return `Score ${digits(score)}; ended as ${stop_reason}; ${strategy} by ${engine}; ${spent}.`;
}

function sentences(explanation) {
  return explanation?.length ? explanation.map((text) => h("p", {}, text)) : null;
}

// Words of the goal and what became of them; absent where the service does not tell.
function words(name, accounts, meaning) {
  if (!accounts?.length) return null;
  const items = accounts.map((one) => h("li", {}, h("strong", {}, one.words), meaning(one) && `: ${meaning(one)}`));
  return [h("h3", {}, name), h("ul", {}, items)];
}

function found({ results }, namespace) {
  if (!results.length) return h("p", {}, "Nothing was found.");
  const groups = Map.groupBy(results, (one) => one.group ?? null);
  return [...groups].map(([group, members]) => [
    group !== null && h("h3", {}, `Choice ${group + 1}`),
    h("div", { class: "hits grid" }, members.map((one) => card(namespace, one, one.slot && h("p", { class: "faint" }, `As ${one.slot}`)))),
  ]);
}

function summary(cited) {
  if (!cited?.length) return null;
  return [h("h3", {}, "Summary"), h("ul", {}, cited.map((one) => h("li", {}, one.text, h("span", { class: "faint" }, ` [${one.document_id}]`))))];
}

function steps(all) {
  const head = ["Step", "Tool", "Why", "Found"].map((text) => h("th", { scope: "col" }, text));
  const row = (step) =>
    h("tr", {}, h("td", {}, step.id), h("td", {}, step.tool), h("td", {}, step.rationale, step.error && h("span", { class: "bad" }, ` ${step.error}`)), h("td", { class: "number" }, step.output_ids.length));
  return [
    h("h3", {}, "Steps"),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Steps" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, all.map(row)))),
  ];
}
