// What the service says of a plan when it looks at it again.

import { ask } from "../core/api.js";
import { button, h, show } from "../core/dom.js";
import { digits } from "../core/format.js";
import { failed, loading } from "./states.js";

export function reflection(goal, namespace, plan, signal) {
  const place = h("div", { "aria-live": "polite" });
  const press = async () => {
    show(place, loading("what it thinks of that"));
    try {
      const sent = { steps: plan.steps.map(asked), answer_step: plan.answer_step };
      const { said } = await ask("POST", "/agents/reflect", { json: { goal, namespace, plan: sent }, signal });
      show(place, verdict(said));
    } catch (error) {
      if (!signal.aborted) show(place, failed(error, press));
    }
  };
  return [button("Look at this plan again", press), place];
}

// A step as it was asked for, without what became of it.
function asked({ id, tool, args, inputs, depends_on, rationale }) {
  return { id, tool, args, inputs, depends_on, rationale };
}

function verdict({ quality_score, approved, issues, accepted }) {
  const item = (issue) => h("li", {}, h("strong", {}, issue.code), `: ${issue.message}. ${issue.suggestion}`);
  return [
    h("p", {}, `Quality ${digits(quality_score)}: ${approved ? "approved" : "not approved"}.`, accepted && " A revision is better."),
    issues.length ? h("ul", {}, issues.map(item)) : h("p", {}, "It found nothing wrong."),
  ];
}
