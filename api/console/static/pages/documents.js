// Documents: add them, look through them, delete them, take them along.

import { ask, path } from "../core/api.js";
import { button, field, h, option, show } from "../core/dom.js";
import { exported } from "../core/exporting.js";
import { plural } from "../core/format.js";
import { link, remember } from "../core/place.js";
import { deleteButton } from "../parts/deleting.js";
import { card, fields } from "../parts/documents.js";
import { dropZone } from "../parts/drop-zone.js";
import { editButton } from "../parts/editing.js";
import { namespaces } from "../parts/namespaces.js";
import { empty, failed, loading } from "../parts/states.js";
import { upload } from "../parts/upload.js";

export const title = "Documents";
const PAGE = 24;

export async function open(root, params, signal) {
  const page = new DocumentsPage(await namespaces(), params, signal);
  if (signal.aborted) return;
  show(root, page.form(), page.progress, page.head, page.list, page.turns);
  await page.load();
}

class DocumentsPage {
  constructor(names, params, signal) {
    this.signal = signal;
    this.names = names;
    this.offset = Number(params.get("offset")) || 0;
    const known = h("datalist", { id: "known-namespaces" }, names.map((name) => option(name)));
    const wanted = params.get("namespace") || (names[0] ?? "default");
    this.namespace = h("input", { list: known.id, value: wanted, required: true, onchange: () => this.load(0) });
    this.known = known;
    this.progress = h("div", {});
    this.head = h("div", { class: "row" });
    this.list = h("div", { class: "hits grid" });
    this.turns = h("nav", { class: "row", "aria-label": "Pages of documents" });
  }

  form() {
    const given = (files) => files.length && this.add(files);
    const hint = "An existing one, or a new name of a-z, 0-9, _ and -.";
    return [field("Namespace", this.namespace, hint), this.known, dropZone(given, this.signal)];
  }

  add(files) {
    return upload(this.progress, files, this.namespace.value, () => this.load(0), this.signal);
  }

  async load(offset = this.offset) {
    this.offset = offset;
    const namespace = this.namespace.value;
    remember("documents", { namespace, offset: offset || "" });
    show(this.list, loading("documents"));
    // What was asked for before, and is answered later, is not drawn over it.
    const asked = (this.asked = {});
    try {
      const { said } = await ask("GET", path`/documents?namespace=${namespace}&limit=${PAGE}&offset=${offset}`, { signal: this.signal });
      if (this.asked === asked) this.draw(namespace, said);
    } catch (error) {
      if (this.signal.aborted || this.asked !== asked) return;
      show(this.head);
      show(this.turns);
      show(this.list, error.code === "unknown_namespace" ? this.nothing() : failed(error, () => this.load()));
    }
  }

  nothing() {
    return empty("No documents yet: drop a folder above. The first of them makes the namespace.");
  }

  draw(namespace, { documents, total }) {
    const search = h("a", { href: link("search", { namespace }) }, "Search them");
    show(this.head, h("p", { role: "status" }, plural(total, "document")), total > 0 && search, total > 0 && this.exporter(namespace));
    show(this.list, documents.length ? documents.map((one) => this.cardOf(namespace, one)) : this.nothing());
    show(
      this.turns,
      this.offset > 0 && button("Back", () => this.load(Math.max(0, this.offset - PAGE))),
      this.offset + PAGE < total && button("Next", () => this.load(this.offset + PAGE)),
    );
  }

  cardOf(namespace, document) {
    const place = h("div", {});
    const saved = (metadata) => {
      element.querySelector(".fields")?.remove();
      place.before(fields(metadata) ?? "");
    };
    const remove = deleteButton(namespace, document.id, () => element, this.signal);
    const edit = editButton(namespace, document.id, place, saved, this.signal);
    const element = card(namespace, document, place, h("div", { class: "row" }, edit, remove));
    return element;
  }

  exporter(namespace) {
    const said = h("span", { role: "status", class: "faint" });
    const press = async () => {
      try {
        const told = (count, total) => show(said, `${count} of ${total}`);
        save(await exported(namespace, told, this.signal), `${namespace}.jsonl`);
        show(said, "Saved, without pictures.");
      } catch (error) {
        if (!this.signal.aborted) show(said, error.message);
      }
    };
    return [button("Export as JSONL", press), said];
  }
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
