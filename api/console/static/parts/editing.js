// Editing a document's metadata: what was changed is sent, if nobody changed the document meanwhile.

import { ask, path } from "../core/api.js";
import { button, field, h, show } from "../core/dom.js";
import { failed } from "./states.js";

// A button that opens the metadata of a card's document; `saved` is called with the new metadata.
export function editButton(namespace, id, place, saved, signal) {
  const where = path`/documents/${id}?namespace=${namespace}`;
  const open = async () => {
    try {
      const { said, headers } = await ask("GET", where, { signal });
      new Editor(where, said.metadata, headers.get("ETag"), place, saved).open();
    } catch (error) {
      if (!signal.aborted) show(place, failed(error));
    }
  };
  return button("Edit", open, { "aria-label": `Edit ${id}` });
}

class Editor {
  constructor(where, metadata, etag, place, saved) {
    Object.assign(this, { where, metadata, etag, place, saved });
    this.text = h("textarea", { value: JSON.stringify(metadata, null, 1), spellcheck: "false" });
    this.said = h("div", {});
  }

  open() {
    const save = button("Save", () => this.save(), { class: "primary" });
    const cancel = button("Cancel", () => show(this.place));
    show(this.place, field("Fields, as JSON", this.text), h("div", { class: "row" }, save, cancel), this.said);
    this.text.focus();
  }

  async save() {
    const patch = this.patch();
    if (!patch) return;
    try {
      const { said } = await ask("PATCH", this.where, { json: { metadata: patch }, headers: this.etag ? { "If-Match": this.etag } : {} });
      show(this.place, h("p", { role: "status" }, "Saved."));
      this.saved(said.metadata);
    } catch (error) {
      show(this.said, failed(error));
    }
  }

  patch() {
    try {
      return patchOf(this.metadata, JSON.parse(this.text.value));
    } catch (error) {
      show(this.said, h("p", { role: "alert", class: "bad" }, error.message));
      return null;
    }
  }
}

// The merge patch (RFC 7396) from one metadata to another: what is left as it was is not sent, so
// that a number which JavaScript cannot hold stays what it is.
export function patchOf(before, after) {
  if (after === null || typeof after !== "object" || Array.isArray(after)) throw new Error("Write one object: {\"price\": 12}");
  const gone = Object.keys(before).filter((name) => !(name in after));
  const changed = Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]));
  return Object.fromEntries([...changed, ...gone.map((name) => [name, null])]);
}
