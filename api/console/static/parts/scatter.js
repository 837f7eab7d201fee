// Points in a plane: by the mouse the nearest one is chosen, by the keyboard one after another.

import { field, h, svg } from "../core/dom.js";

const SIZE = 1000;
const ROOM = 20;

export class Scatter {
  // `chosen` is called with the point that somebody looks at; `colourOf` names a point's class.
  constructor(points, colourOf, chosen) {
    // From left to right, so that the next one is near.
    this.points = [...points].sort((one, other) => one.x - other.x);
    this.chosen = chosen;
    this.ring = svg("circle", { class: "map-ring", r: 14, cx: -SIZE, cy: -SIZE });
    const dots = this.points.map((point) => svg("circle", { cx: placed(point.x), cy: placed(-point.y), r: 6, class: colourOf(point.value) }));
    this.drawing = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "map", role: "img", "aria-label": `${points.length} documents in a plane` }, dots, this.ring);
    this.drawing.addEventListener("pointermove", (event) => this.choose(this.nearest(event)));
    this.drawing.addEventListener("pointerdown", (event) => this.choose(this.nearest(event)));
    const step = () => this.choose(Number(this.steps.value));
    this.steps = h("input", { type: "range", min: 0, max: Math.max(0, points.length - 1), value: 0, oninput: step });
    this.element = h("div", { class: "map-place" }, this.drawing, field("Document, from left to right", this.steps));
  }

  choose(at) {
    const point = this.points[at];
    if (!point) return;
    this.steps.value = at;
    this.steps.setAttribute("aria-valuetext", point.id);
    this.ring.setAttribute("cx", placed(point.x));
    this.ring.setAttribute("cy", placed(-point.y));
    this.chosen(point);
  }

  nearest(event) {
    const box = this.drawing.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
    const far = ({ x: across, y: up }) => (placed(across) - x) ** 2 + (placed(-up) - y) ** 2;
    let best = 0;
    this.points.forEach((point, at) => {
      if (far(point) < far(this.points[best])) best = at;
    });
    return best;
  }
}

function placed(part) {
  return Math.round(ROOM + ((part + 1) / 2) * (SIZE - 2 * ROOM));
}
