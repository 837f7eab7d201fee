// Deleting with some seconds to think again: nothing is sent before they are over.

import { ask, path } from "../core/api.js";
import { button, h, show } from "../core/dom.js";
import { failed } from "./states.js";

const UNDO_S = 6;

// A button that deletes the document of a card; leaving the page means what was pressed.
export function deleteButton(namespace, id, cardOf, leaving) {
  return button("Delete", () => wait(namespace, id, cardOf(), leaving), { "aria-label": `Delete ${id}` });
}

function wait(namespace, id, card, leaving) {
  const asked = new AbortController();
  const finish = () => {
    clearTimeout(timer);
    asked.abort();
    remove(namespace, id, note);
  };
  const undo = () => {
    clearTimeout(timer);
    asked.abort();
    note.replaceWith(card);
    [...card.querySelectorAll("button")].at(-1)?.focus();
  };
  const control = button("Undo", undo);
  const note = h("div", { class: "card card-text", role: "status" }, h("p", {}, `${id} will be deleted in ${UNDO_S} seconds.`), control);
  const timer = setTimeout(finish, UNDO_S * 1000);
  leaving.addEventListener("abort", finish, { signal: asked.signal });
  card.replaceWith(note);
  control.focus();
}

async function remove(namespace, id, note) {
  try {
    await ask("DELETE", path`/documents/${id}?namespace=${namespace}`);
    show(note, h("p", {}, `${id} is deleted.`));
  } catch (error) {
    show(note, failed(error));
  }
}
