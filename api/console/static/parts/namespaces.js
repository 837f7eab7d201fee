// Choosing a namespace among those that the key may see.

import { ask } from "../core/api.js";
import { h, option, show } from "../core/dom.js";

export async function namespaces() {
  return (await ask("GET", "/namespaces")).said.namespaces;
}

// A <select> of the namespaces; `wanted` is chosen where it is there, else the first.
export async function chooser(wanted, changed) {
  const names = await namespaces();
  const chosen = names.includes(wanted) ? wanted : (names[0] ?? "");
  const choice = h("select", { onchange: changed });
  show(choice, names.map((name) => option(name, name, name === chosen)));
  return choice;
}
