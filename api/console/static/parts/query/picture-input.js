// A picture to search by: chosen, dropped anywhere on the page, or pasted.

import { button, h, show } from "../../core/dom.js";

export class PictureInput {
  // `changed` is called when there is another picture, or none any more.
  constructor(changed, signal) {
    this.file = null;
    this.changed = changed;
    this.shown = h("span", { class: "chosen" });
    const take = (event) => this.take(event.target.files[0]);
    this.input = h("input", { type: "file", accept: "image/*", onchange: take, class: "hidden-file", tabindex: "-1", "aria-label": "Picture to search by" });
    this.element = h("div", { class: "row" }, button("Picture…", () => this.input.click()), this.input, this.shown);
    addEventListener("paste", (event) => this.offered(event, event.clipboardData), { signal });
    addEventListener("dragover", (event) => event.preventDefault(), { signal });
    addEventListener("drop", (event) => this.offered(event, event.dataTransfer), { signal });
  }

  offered(event, data) {
    const file = [...(data?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (event.type === "drop") event.preventDefault();
    if (file) this.take(file);
  }

  take(file) {
    this.hold(file);
    this.changed();
  }

  clear() {
    this.hold(null);
  }

  hold(file) {
    if (this.url) URL.revokeObjectURL(this.url);
    this.file = file ?? null;
    this.url = file && URL.createObjectURL(file);
    const remove = button("Remove picture", () => this.take(null));
    show(this.shown, file ? [h("img", { src: this.url, alt: `Searching by ${file.name}` }), remove] : []);
    this.input.value = "";
  }
}
