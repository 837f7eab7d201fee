// Latencies over time: P50, P95 and P99 of one route as lines, minute by minute.

import { field, h, option, show, svg } from "../../core/dom.js";
import { count, digits, milliseconds } from "../../core/format.js";

const LINES = [["p50_ms", "P50"], ["p95_ms", "P95"], ["p99_ms", "P99"]];
const [WIDTH, HEIGHT] = [600, 160];

// The route is chosen by whoever looks, and stays chosen while figures come and go.
export class LatencyLines {
  constructor() {
    this.told = null;
    this.choice = h("select", { onchange: () => this.draw() });
    this.drawing = h("div", {});
    this.element = h("div", {}, field("Route", this.choice), this.drawing);
  }

  show(told) {
    const chosen = this.choice.value;
    const busiest = told.endpoints.toSorted((one, other) => asked(other) - asked(one)).map(nameOf);
    this.told = told;
    show(this.choice, busiest.map((name) => option(name, name, name === chosen)));
    this.draw();
    return this.element;
  }

  draw() {
    const route = this.told?.endpoints.find((one) => nameOf(one) === this.choice.value);
    show(this.drawing, route ? drawn(route, this.told) : h("p", { class: "faint" }, "No route with an objective was asked in this time."));
  }
}

function drawn(route, { as_of: until_s, step_s, over }) {
  const { points } = route;
  const highest_ms = Math.max(...points.map((point) => point.p99_ms ?? 0), 0.001);
  const first_s = points[0].at;
  const span_s = Math.max(until_s - first_s, step_s);
  const x = (point) => (((point.at - first_s) * WIDTH) / span_s).toFixed(1);
  const y = (value_ms) => (HEIGHT * (1 - value_ms / highest_ms)).toFixed(1);
  const text = `${nameOf(route)} over ${over}: ${count(asked(route))} requests, ${count(failures(route))} failed, at most ${milliseconds(highest_ms)}`;
  return h(
    "figure",
    {},
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "area", role: "img", "aria-label": text, preserveAspectRatio: "none" },
      LINES.map(([name], at) => svg("path", { d: stretches(points, name, step_s, x, y), class: `line-${at}` })),
    ),
    h("figcaption", {}, `${text}, from ${clock(first_s)} to ${clock(until_s)} in steps of ${digits(step_s / 60)} min`, legend()),
  );
}

// A minute without a request is a gap, and no line over it; a single point is a short dash.
function stretches(points, name, step_s, x, y) {
  let path = "";
  let last_s = null;
  for (const point of points) {
    if (point[name] === null) continue;
    const joined = last_s !== null && point.at - last_s <= step_s * 1.5;
    path += joined ? `L${x(point)} ${y(point[name])}` : `M${x(point)} ${y(point[name])}h2`;
    last_s = point.at;
  }
  return path;
}

function legend() {
  const sign = (at) => svg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" }, svg("rect", { width: 1, height: 1, class: `line-sign-${at}` }));
  return h("ul", { class: "legend" }, LINES.map(([, label], at) => h("li", {}, sign(at), label)));
}

const nameOf = ({ method, endpoint }) => `${method} ${endpoint}`;
const asked = ({ points }) => points.reduce((total, point) => total + point.requests, 0);
const failures = ({ points }) => points.reduce((total, point) => total + point.failed, 0);
const clock = (at_s) => new Date(at_s * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
