// Map: a namespace's vectors in a plane; people understand an index by looking at it.

import { ask, path } from "../core/api.js";
import { colouring } from "../core/colouring.js";
import { field, h, option, show, svg } from "../core/dom.js";
import { count, percent, plural } from "../core/format.js";
import { link, remember } from "../core/place.js";
import { card } from "../parts/documents.js";
import { chooser } from "../parts/namespaces.js";
import { Scatter } from "../parts/scatter.js";
import { empty, failed, loading, warned } from "../parts/states.js";

export const title = "Map";
const KINDS = { "": "what more documents have", pictures: "pictures", texts: "texts" };
// Who passes over a point does not want its document.
const LINGER_MS = 150;

export async function open(root, params, signal) {
  const page = new MapPage(params, signal);
  page.namespace = await chooser(params.get("namespace"), () => page.another());
  if (signal.aborted) return;
  show(root, page.form(), page.status, page.plane);
  if (!page.namespace.value) show(page.plane, empty("There are no documents yet.", h("a", { href: link("documents") }, "Add documents: drop a folder there")));
  else await page.load(params.get("field") ?? "");
}

class MapPage {
  constructor(params, signal) {
    this.signal = signal;
    const kinds = Object.entries(KINDS).map(([name, text]) => option(name, text, name === params.get("vectors")));
    this.vectors = h("select", { onchange: () => this.load() }, kinds);
    this.field = h("select", { onchange: () => this.load() }, option("", "nothing"));
    this.status = h("p", { role: "status", class: "status" });
    this.plane = h("div", {});
    signal.addEventListener("abort", () => clearTimeout(this.waiting));
  }

  form() {
    return h("div", { class: "row" }, field("Of", this.namespace), field("By", this.vectors), field("Colour by", this.field));
  }

  // Another namespace has other fields.
  another() {
    show(this.field, option("", "nothing"));
    return this.load();
  }

  async load(wanted = this.field.value) {
    const asked = (this.asked = {});
    const namespace = this.namespace.value;
    clearTimeout(this.waiting);
    show(this.plane, loading("the map"));
    show(this.status);
    try {
      const told = await ask("GET", path`/namespaces/${namespace}`, { signal: this.signal });
      const names = told.said.fields.map((one) => one.name);
      const chosen = names.includes(wanted) ? wanted : "";
      const query = new URLSearchParams({ ...(this.vectors.value && { vectors: this.vectors.value }), ...(chosen && { field: chosen }) });
      const { said } = await ask("GET", `${path`/namespaces/${namespace}/map`}?${query}`, { signal: this.signal });
      if (this.asked !== asked) return;
      show(this.field, option("", "nothing"), names.map((name) => option(name, name, name === chosen)));
      remember("map", { namespace, vectors: this.vectors.value, field: chosen });
      this.draw(namespace, said);
    } catch (error) {
      if (this.signal.aborted || this.asked !== asked) return;
      show(this.plane, failed(error, () => this.load(wanted)));
    }
  }

  draw(namespace, said) {
    show(this.status, `${plural(said.points.length, "document")} of ${count(said.documents)} by their ${said.vectors}; the plane shows ${percent(Number(said.explained.toFixed(3)))} of what differs`);
    if (!said.points.length) {
      show(this.plane, empty(`No document has a vector of ${said.vectors}.`), warned(said.warnings));
      return;
    }
    const colours = colouring(said.points.map((point) => point.value));
    const seen = h("div", { class: "map-seen", "aria-live": "polite" }, h("p", { class: "faint" }, "Point at a document, or step through them below the map."));
    const scatter = new Scatter(said.points, colours.of, (point) => this.look(namespace, point, seen));
    show(this.plane, warned(said.warnings), legend(colours.legend), h("div", { class: "map-row" }, scatter.element, seen));
  }

  look(namespace, point, seen) {
    if (this.looked === point) return;
    this.looked = point;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.shown(namespace, point, seen), LINGER_MS);
  }

  async shown(namespace, point, seen) {
    try {
      const { said } = await ask("GET", path`/documents/${point.id}?namespace=${namespace}`, { signal: this.signal });
      if (this.looked === point) show(seen, card(namespace, said));
    } catch (error) {
      if (!this.signal.aborted && this.looked === point) show(seen, failed(error));
    }
  }
}

function legend(entries) {
  const sign = (name) => svg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" }, svg("circle", { cx: 0.5, cy: 0.5, r: 0.5, class: name }));
  return entries.length > 0 && h("ul", { class: "legend", "aria-label": "Colours" }, entries.map(([name, text]) => h("li", {}, sign(name), text)));
}
