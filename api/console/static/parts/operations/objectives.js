// Routes with their latencies, and what was promised of them.

import { h } from "../../core/dom.js";
import { count, digits, milliseconds, percent } from "../../core/format.js";
import { table } from "../table.js";

const SIGNS = { kept: "good", burning: "bad", exhausted: "bad", no_data: "faint" };

export function routes({ endpoints }, window) {
  const used = endpoints.filter((one) => one.requests.all > 0);
  if (!used.length) return h("p", {}, "No route with an objective was asked yet.");
  const row = (one) => {
    const { p50, p95, p99 } = one.latency_ms[window] ?? {};
    return [`${one.method} ${one.endpoint}`, count(one.requests.all), milliseconds(p50), milliseconds(p95), milliseconds(p99), percent(one.error_rate[window])];
  };
  return table(`Latencies over ${window}`, ["Route", "Requests", "P50", "P95", "P99", "Errors"], used.map(row));
}

export function objectives({ endpoints }) {
  const all = endpoints.flatMap((one) => one.objectives).filter((one) => one.status !== "no_data");
  if (!all.length) return null;
  const row = (one) => [
    one.title,
    h("span", { class: SIGNS[one.status] }, one.status),
    percent(one.target),
    percent(one.compliance),
    percent(one.budget_left),
    digits(one.burn_rates["1h"]),
    one.alerts.map((alert) => alert.name).join(", ") || "none",
  ];
  return table("Objectives", ["Objective", "Now", "Promised", "Kept", "Budget left", "Burn in 1 h", "Alerts"], all.map(row));
}
