// Operations: what runs, how fast it answers, what was promised, and what it costs.

import { ask, path, send } from "../core/api.js";
import { field, h, option, show } from "../core/dom.js";
import { count, digits, milliseconds } from "../core/format.js";
import { byComponent, figure, samplesOf } from "../core/metrics.js";
import { PowerHistory } from "../parts/operations/area.js";
import { energy, ModeSwitch } from "../parts/operations/energy.js";
import { limitsByClient } from "../parts/operations/limits.js";
import { LatencyLines } from "../parts/operations/lines.js";
import { objectives, routes } from "../parts/operations/objectives.js";
import { oneRequest } from "../parts/operations/one-request.js";
import { failed } from "../parts/states.js";
import { figures, table } from "../parts/table.js";

export const title = "Operations";
const EVERY_MS = 5000;
const WINDOWS = ["5m", "1h", "1d", "3d"];
const MIB = 1024 * 1024;

export async function open(root, params, signal) {
  const page = new OperationsPage(signal);
  show(root, page.sections());
  await page.refresh();
  const timer = setInterval(() => document.hidden || page.refresh(), EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

class OperationsPage {
  constructor(signal) {
    this.signal = signal;
    this.history = new PowerHistory();
    this.mode = new ModeSwitch(signal);
    this.window = h("select", { onchange: () => this.latencies() }, WINDOWS.map((one) => option(one, one, one === "1h")));
    this.lines = new LatencyLines();
    const names = ["health", "deployments", "routes", "history", "energy", "own", "models"];
    this.places = Object.fromEntries(names.map((name) => [name, h("div", {})]));
  }

  sections() {
    const { health, deployments, routes, history, energy, own, models } = this.places;
    const section = (name, ...content) => h("section", {}, h("h2", {}, name), content);
    return [
      section("Routes and objectives", field("Over", this.window), history, routes),
      section("Energy", energy, this.mode.element),
      section("Deployments", deployments, health),
      section("One request", oneRequest(this.signal)),
      section("Limits", own, limitsByClient(this.signal)),
      section("Models", models),
    ];
  }

  refresh() {
    return Promise.all([
      this.fill("health", async () => components((await this.ask("/health")).said)),
      this.fill("deployments", async () => replicas(samplesOf(await this.text("/metrics")))),
      this.latencies(),
      this.fill("energy", () => this.energy()),
      this.fill("own", async () => holdings(await this.ask("/quota"))),
      this.fill("models", async () => h("ul", {}, (await this.ask("/v1/models")).said.data.map((model) => h("li", {}, model.id)))),
    ]);
  }

  latencies() {
    // Five minutes are five points: the hour round them shows more.
    const over = this.window.value === "5m" ? "1h" : this.window.value;
    return Promise.all([
      this.fill("history", async () => this.lines.show((await this.ask(path`/slo/history?over=${over}`)).said)),
      this.fill("routes", async () => {
        const { said } = await this.ask("/slo");
        return [routes(said, this.window.value), objectives(said)];
      }),
    ]);
  }

  async energy() {
    const { said } = await this.ask("/sustainability");
    this.history.take(said, said.metered_s);
    this.mode.show(said.mode);
    return energy(said, this.history);
  }

  ask(where) {
    return ask("GET", where, { signal: this.signal });
  }

  async text(where) {
    return (await send("GET", where, { signal: this.signal })).text();
  }

  // Each part stands for itself: what a key may not see leaves the others as they are.
  async fill(name, content) {
    try {
      show(this.places[name], await content());
    } catch (error) {
      if (!this.signal.aborted) show(this.places[name], failed(error));
    }
  }
}

function components(said) {
  const rows = Object.entries(said.components).map(([name, { healthy, latency_ms, ...details }]) => [
    name,
    h("span", { class: healthy ? "good" : "bad" }, healthy ? "answers" : "does not answer"),
    milliseconds(latency_ms),
    Object.entries(details).map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", "),
  ]);
  return table("Used just now", ["Component", "State", "Took", "Details"], rows);
}

function replicas(samples) {
  const running = byComponent(samples, "brainwav_replicas_reporting");
  const inFlight = byComponent(samples, "brainwav_component_calls_in_flight");
  const resident = byComponent(samples, "brainwav_process_resident_bytes");
  const names = Object.keys(running).filter((name) => name !== "undefined");
  const row = (name) => [name, count(running[name]), digits(inFlight[name]), resident[name] === undefined ? "–" : `${digits(resident[name] / MIB)} MiB`];
  const size = figure(samples, "brainwav_memory_size_bytes");
  return [
    figures([
      ["Documents", digits(figure(samples, "brainwav_index_documents"), 9)],
      ["Namespaces", digits(figure(samples, "brainwav_index_namespaces"), 9)],
      ["Index on disk", size === null ? "–" : `${digits(size / MIB)} MiB`],
      ["Waiting to be encoded", digits(figure(samples, "brainwav_embed_queue_items"))],
    ]),
    names.length > 0 && table("Replicas", ["Deployment", "Replicas", "Calls now", "Memory"], names.sort().map(row)),
  ];
}

function holdings({ said, headers }) {
  const rows = Object.entries(said).map(([what, { used, limit }]) => [what, count(used), limit === null ? "no limit" : count(limit)]);
  const left = headers.get("X-RateLimit-Remaining");
  return [
    table("What it holds", ["What", "Held", "At most"], rows),
    left !== null && h("p", {}, `Reading: ${count(Number(left))} of ${count(Number(headers.get("X-RateLimit-Limit")))} requests are left now.`),
  ];
}
