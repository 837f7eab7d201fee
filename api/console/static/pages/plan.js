// Plan: a goal, the tree of thoughts as it grows, and the answer.

import { button, field, h, option, show } from "../core/dom.js";
import { followed } from "../core/following.js";
import { plural } from "../core/format.js";
import { link, remember } from "../core/place.js";
import { requestCode } from "../parts/code.js";
import { chooser } from "../parts/namespaces.js";
import { planAnswer } from "../parts/plan-answer.js";
import { reflection } from "../parts/reflection.js";
import { empty, failed } from "../parts/states.js";
import { ThoughtTree } from "../parts/tree.js";

export const title = "Plan";
const STRATEGIES = { auto: "As it sees fit", cot: "A chain of thoughts", tot: "A tree of thoughts" };

export async function open(root, params, signal) {
  const namespace = await chooser(params.get("namespace"));
  if (signal.aborted) return;
  if (!namespace.value) {
    show(root, empty("There are no documents to plan with yet.", h("a", { href: link("documents") }, "Add documents: drop a folder there")));
    return;
  }
  const page = new PlanPage(namespace, params, signal);
  show(root, page.form(), page.status, page.answer, page.thoughts);
}

class PlanPage {
  constructor(namespace, params, signal) {
    this.namespace = namespace;
    this.signal = signal;
    this.goal = h("textarea", { required: true, value: params.get("goal") ?? "", placeholder: "a striped mug and a lamp of the same colour, both under 50" });
    const strategy = params.get("strategy") ?? "auto";
    this.strategy = h("select", {}, Object.entries(STRATEGIES).map(([name, text]) => option(name, text, name === strategy)));
    this.most = h("input", { type: "number", min: 1, max: 4096, value: params.get("thoughts") ?? 64 });
    this.seconds = h("input", { type: "number", min: 1, max: 120, value: params.get("seconds") ?? 10 });
    this.press = h("button", { class: "primary" }, "Plan");
    this.stop = button("Stop", () => this.running.abort(), { disabled: true });
    this.status = h("p", { role: "status", class: "status" });
    this.answer = h("div", {});
    this.thoughts = h("div", {});
  }

  form() {
    const submit = (event) => {
      event.preventDefault();
      this.run();
    };
    return h(
      "form",
      { onsubmit: submit },
      field("Goal", this.goal),
      h("div", { class: "row" }, field("In", this.namespace), field("By", this.strategy), field("At most thoughts", this.most), field("At most seconds", this.seconds)),
      h("div", { class: "row" }, this.press, this.stop),
    );
  }

  body() {
    return {
      goal: this.goal.value,
      namespace: this.namespace.value,
      strategy: this.strategy.value,
      budget: { max_nodes: Number(this.most.value), deadline_ms: Number(this.seconds.value) * 1000 },
    };
  }

  async run() {
    const body = this.body();
    remember("plan", { namespace: body.namespace, goal: body.goal, strategy: body.strategy, thoughts: this.most.value, seconds: this.seconds.value });
    this.running = new AbortController();
    this.signal.addEventListener("abort", () => this.running.abort());
    this.tree = new ThoughtTree();
    show(this.answer);
    show(this.thoughts, h("h2", {}, "Thoughts"), this.tree.element);
    this.busy(true);
    try {
      for await (const event of followed("/agents/plan", { ...body, stream: true }, this.running.signal)) this.take(event, body);
    } catch (error) {
      if (this.running.signal.aborted) show(this.status, "Stopped.");
      else show(this.answer, failed(error, () => this.run()));
    }
    this.busy(false);
  }

  busy(busy) {
    this.press.disabled = busy;
    this.stop.disabled = !busy;
    this.answer.setAttribute("aria-busy", String(busy));
  }

  take({ name, data }, body) {
    this.tree.take(name, data);
    if (name === "budget") show(this.status, `${plural(data.spent.nodes, "thought")}, ${plural(data.spent.tool_calls, "call")} so far`);
    if (name === "gap") show(this.status, `${plural(data.missed, "event")} came too fast to be shown`);
    if (name !== "run.finished") return;
    show(this.status, `Done: ${plural(data.results.length, "document")} found.`);
    show(this.answer, h("h2", {}, "Answer"), planAnswer(data, body.namespace), reflection(body.goal, body.namespace, data, this.signal), requestCode("/agents/plan", body));
  }
}
