// What is searched by instead of words: documents that hits should be like, and unlike.

import { button, h, show } from "../../core/dom.js";

const MOST = 8;

export class Likeness {
  // `changed` is called when there are others.
  constructor(state, changed) {
    Object.assign(this, { like: state.like, unlike: state.unlike, changed });
    this.element = h("div", { class: "row likeness", "aria-label": "Like and unlike", role: "group" });
    this.draw();
  }

  add(id, kind) {
    const other = kind === "like" ? "unlike" : "like";
    this[other] = this[other].filter((one) => one !== id);
    this[kind] = [...this[kind].filter((one) => one !== id), id].slice(-MOST);
    this.set(this.like, this.unlike);
  }

  // Away from something leads anywhere: without what hits are like there is nothing to be unlike.
  set(like, unlike) {
    this.like = like;
    this.unlike = like.length ? unlike : [];
    this.draw();
    this.changed();
  }

  // Words or a picture stand instead.
  forget() {
    this.like = this.unlike = [];
    this.draw();
  }

  draw() {
    const chip = (kind, word) => (id) => button(`${word} ${id} ×`, () => this.without(kind, id), { "aria-label": `Remove: ${word} ${id}` });
    show(this.element, this.like.map(chip("like", "Like")), this.unlike.map(chip("unlike", "Unlike")));
  }

  without(kind, id) {
    const left = { like: this.like, unlike: this.unlike, [kind]: this[kind].filter((one) => one !== id) };
    this.set(left.like, left.unlike);
  }
}
