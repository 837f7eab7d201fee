// Suggestions under a search box while one types: a list that keys and the mouse choose from.

import { ask } from "../../core/api.js";
import { h, show } from "../../core/dom.js";
import { count } from "../../core/format.js";

const REST_MS = 120;
const MOST = 6;

export class Suggesting {
  // `where` tells the namespace; `chosen` is called when a suggestion stands in the box.
  constructor(box, where, chosen, signal) {
    Object.assign(this, { box, where, chosen, signal, texts: [], at: -1 });
    this.list = h("ul", { role: "listbox", id: "suggestions", "aria-label": "Suggestions", class: "suggestions", hidden: true });
    const roles = { role: "combobox", "aria-autocomplete": "list", "aria-controls": this.list.id, "aria-expanded": "false" };
    for (const [name, value] of Object.entries(roles)) box.setAttribute(name, value);
    box.addEventListener("input", () => this.typed());
    box.addEventListener("keydown", (event) => this.pressed(event));
    box.addEventListener("blur", () => this.close());
    signal.addEventListener("abort", () => this.close());
  }

  typed() {
    this.close();
    const [query, namespace] = [this.box.value, this.where()];
    if (!query.trim() || !namespace || this.signal.aborted) return;
    this.asked = new AbortController();
    this.timer = setTimeout(() => this.ask(query, namespace, this.asked.signal), REST_MS);
  }

  async ask(query, namespace, signal) {
    const parameters = new URLSearchParams({ namespace, query: query.slice(-256), limit: MOST });
    try {
      const { said } = await ask("GET", `/suggest?${parameters}`, { signal });
      if (!signal.aborted) this.open(said.suggestions);
    } catch {
      // Typing goes on without; what is searched for is answered, or refused, in words.
    }
  }

  open(found) {
    this.texts = found.map((one) => one.text);
    if (!found.length) return;
    show(this.list, found.map((one, at) => this.option(one, at)));
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
  }

  option({ text, field, documents }, at) {
    // Before the box loses the focus, and the list with it.
    const take = (event) => {
      event.preventDefault();
      this.take(at);
    };
    const where = h("small", {}, [field, count(documents)].filter(Boolean).join(" · "));
    return h("li", { role: "option", id: `suggestion-${at}`, "aria-selected": "false", onmousedown: take }, h("span", {}, text), where);
  }

  pressed(event) {
    if (this.list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.mark((this.at + 1 + step + this.texts.length + 1) % (this.texts.length + 1) - 1);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.at >= 0) this.take(this.at);
    else return;
    event.preventDefault();
  }

  // Nothing is marked at -1: Enter then searches for what was typed.
  mark(at) {
    this.list.children[this.at]?.setAttribute("aria-selected", "false");
    this.at = at;
    this.list.children[at]?.setAttribute("aria-selected", "true");
    if (at < 0) this.box.removeAttribute("aria-activedescendant");
    else this.box.setAttribute("aria-activedescendant", `suggestion-${at}`);
  }

  take(at) {
    this.box.value = this.texts[at];
    this.close();
    this.chosen();
  }

  close() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.mark(-1);
    this.texts = [];
    this.list.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
    show(this.list);
  }
}
