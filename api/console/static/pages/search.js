// Search: one box for words, a picture, or both.

import { ask } from "../core/api.js";
import { button, field, h, option, show } from "../core/dom.js";
import { count, joules, milliseconds } from "../core/format.js";
import { base64Of } from "../core/pictures.js";
import { link, remember } from "../core/place.js";
import { bodyOf, isEmpty, MODES, paramsOf, stateOf } from "../core/searching.js";
import { requestCode } from "../parts/code.js";
import { Conditions } from "../parts/query/conditions.js";
import { Facets } from "../parts/query/facets.js";
import { hitCard } from "../parts/hits.js";
import { Likeness } from "../parts/query/likeness.js";
import { chooser } from "../parts/namespaces.js";
import { PictureInput } from "../parts/query/picture-input.js";
import { empty, failed, warned } from "../parts/states.js";
import { Suggesting } from "../parts/query/suggesting.js";
import { greatest } from "../parts/why.js";

export const title = "Search";

export async function open(root, params, signal) {
  const state = stateOf(params);
  const search = new SearchPage(state, signal);
  search.namespace = await chooser(state.namespace, () => search.run());
  if (signal.aborted) return;
  state.namespace = search.namespace.value;
  show(root, search.form(), search.status, search.results, search.below);
  if (!state.namespace) search.nothing();
  else if (!isEmpty(state)) await search.run();
  else search.box.focus();
}

class SearchPage {
  constructor(state, signal) {
    this.state = state;
    this.signal = signal;
    const run = () => this.run();
    this.box = h("input", { type: "search", value: state.query, autocomplete: "off", placeholder: "a striped red mug" });
    this.suggesting = new Suggesting(this.box, () => this.namespace.value, run, signal);
    this.picture = new PictureInput(run, signal);
    this.likeness = new Likeness(state, run);
    this.conditions = new Conditions(state.conditions, run);
    this.facets = new Facets(state.facet, run, (condition) => this.narrowed(condition));
    this.sort = h("input", { value: state.sort, placeholder: "best first", list: this.conditions.known.id, onchange: run });
    this.mode = h("select", { onchange: run }, Object.entries(MODES).map(([name, text]) => option(name, text, name === state.mode)));
    this.weight = h("input", { type: "range", min: 0, max: 1, step: 0.05, value: state.weight, oninput: run });
    this.recent = h("input", { type: "checkbox", checked: state.recent, onchange: run });
    this.status = h("p", { role: "status", class: "status" });
    this.results = h("div", { class: `hits ${state.view}`, "aria-busy": "false" });
    this.below = h("div", {});
    this.seen = new Set();
  }

  form() {
    const submit = (event) => {
      event.preventDefault();
      this.run();
    };
    return h(
      "form",
      { role: "search", onsubmit: submit },
      h("div", { class: "row search-row" }, this.searchField(), h("button", { class: "primary" }, "Search")),
      this.picture.element,
      this.likeness.element,
      h("div", { class: "row" }, field("In", this.namespace), field("By", this.mode), field("Words ↔ meaning", this.weight), field("Recent first", this.recent), field("Sorted by", this.sort, "A field; -price from the greatest.")),
      h("details", { open: this.state.conditions.length > 0 || Boolean(this.state.facet) }, h("summary", {}, "Conditions and counts"), this.conditions.element, this.facets.element),
    );
  }

  searchField() {
    const element = field("Search for", this.box);
    element.append(this.suggesting.list);
    return element;
  }

  nothing() {
    show(this.results, empty("There are no documents yet.", h("a", { href: link("documents") }, "Add documents: drop a folder there")));
  }

  read() {
    this.suggesting.close();
    if (this.box.value.trim() || this.picture.file) this.likeness.forget();
    Object.assign(this.state, {
      query: this.box.value,
      namespace: this.namespace.value,
      mode: this.mode.value,
      weight: Number(this.weight.value),
      recent: this.recent.checked,
      sort: this.sort.value.trim(),
      facet: this.facets.name,
      conditions: this.conditions.value,
      picture: this.picture.file,
      like: this.likeness.like,
      unlike: this.likeness.unlike,
    });
    this.weight.disabled = this.state.mode !== "hybrid";
    remember("search", paramsOf(this.state));
  }

  // Search by what the form says now; a search that is under way is given up.
  async run() {
    this.read();
    this.running?.abort();
    if (isEmpty(this.state) || !this.state.namespace) return;
    this.running = new AbortController();
    this.signal.addEventListener("abort", () => this.running.abort());
    await this.shown(0, this.running.signal);
  }

  async shown(offset, signal) {
    this.results.setAttribute("aria-busy", "true");
    try {
      const body = bodyOf(this.state, offset);
      const picture = this.state.picture && { image_base64: await base64Of(this.state.picture) };
      const answer = await ask("POST", "/search", { json: { ...body, ...picture }, signal });
      if (!signal.aborted) this.draw(answer, body, offset);
    } catch (error) {
      if (signal.aborted) return;
      show(this.status);
      show(this.results, failed(error, () => this.run()));
      show(this.below);
    }
    this.results.setAttribute("aria-busy", "false");
  }

  draw({ said, headers }, body, offset) {
    const most = greatest(said.results);
    const ways = this.state.like.length ? ["like", "unlike"] : ["like"];
    const hits = said.results.map((hit) => hitCard(hit, this.state.namespace, most, ways, (kind) => this.alike(hit.id, kind)));
    if (offset) this.results.append(...hits);
    else show(this.results, hits.length ? hits : empty("Nothing fits. Leave out a condition, or search for less."));
    for (const hit of said.results) Object.keys(hit.metadata).forEach((name) => this.seen.add(name));
    this.conditions.offer(this.seen);
    this.facets.offer(this.seen);
    if (!offset) this.facets.draw(said.facets ?? []);
    const energy = headers.get("X-Energy-Joules");
    const shown = offset + hits.length;
    show(this.status, `${count(shown)} of ${count(said.total_candidates)} candidates in ${milliseconds(said.took_ms)}, ${energy === null ? "energy not measured" : `about ${joules(Number(energy))}`}`);
    show(this.below, warned([...corrections(said.corrected), ...said.warnings]), this.more(shown, said.total_candidates), this.look(), this.code(body));
  }

  narrowed(condition) {
    this.conditions.add(condition);
    this.status.scrollIntoView({ block: "nearest" });
  }

  more(shown, total) {
    return shown < total && button("Show more", () => this.shown(shown, this.running.signal));
  }

  look() {
    const other = this.state.view === "grid" ? "list" : "grid";
    const change = () => {
      this.state.view = other;
      this.results.className = `hits ${other}`;
      remember("search", paramsOf(this.state));
      control.replaceWith(this.look());
    };
    const control = button(`Show as ${other}`, change);
    return control;
  }

  code(body) {
    const picture = this.state.picture && { image_base64: "(the picture in base64)" };
    return requestCode("/search", { ...body, ...picture });
  }

  // Search by a hit itself, by its picture or its text.
  alike(id, kind) {
    this.box.value = "";
    this.picture.clear();
    this.likeness.add(id, kind);
    scrollTo(0, 0);
  }
}

// What was searched for instead of words that no document has.
function corrections(corrected = {}) {
  return Object.entries(corrected).map(([word, taken]) => ({ message: `No document has “${word}”: searched for ${taken.map((one) => `“${one}”`).join(", ")}.` }));
}
