// What clients have left of their limits: asked for by an administrator, since looking is recorded.

import { ask } from "../../core/api.js";
import { button, h, show } from "../../core/dom.js";
import { count, digits } from "../../core/format.js";
import { failed, warned } from "../states.js";
import { table } from "../table.js";

export function limitsByClient(signal) {
  const place = h("div", { "aria-live": "polite" });
  const look = async () => {
    try {
      show(place, told((await ask("GET", "/limits", { signal })).said));
    } catch (error) {
      if (!signal.aborted) show(place, failed(error));
    }
  };
  return [button("Show limits by client", look), place];
}

function told({ limits, warnings }) {
  const rows = limits.map((one) => [
    one.client,
    one.limit,
    h("span", { class: one.left + one.lent < 1 ? "bad" : null }, count(Math.max(0, one.left + one.lent))),
    count(one.burst),
    `${count(one.tokens)} in ${count(one.period_s)} s`,
    one.full_in_ms ? `${digits(one.full_in_ms / 1000)} s` : "full",
  ]);
  const none = h("p", { class: "faint" }, "No client has spent anything of its limits that has not come back.");
  return [
    rows.length ? table("Limits by client", ["Client", "Class", "Left", "At most", "Comes back", "Full in"], rows) : !warnings.length && none,
    warned(warnings),
  ];
}
