"""The validator against fuzzed plans: what is invalid is flagged, what passes can be run."""

import asyncio
import json
from dataclasses import replace
from typing import Any, get_args

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from agents.budget import Budget
from agents.errors import InvalidPlan
from agents.plans.defects import DefectCode
from agents.plans.execute import StepOutputs, run_steps
from agents.plans.parse import plan_from_json
from agents.plans.plan import Plan, Step
from agents.plans.validate import critical_calls, ordered, plan_defects, step_defects
from agents.tools.registry import REGISTRY
from tests.unit.agents.agent_fakes import FILMS, ListToolbox

ALL = frozenset(REGISTRY)
WORDS = st.sampled_from(["harbour", "director", "Visby", "drama film", "seal"])


def arguments_of(tool: str, draw) -> dict[str, Any]:
    """Valid arguments, the optional ones sometimes."""
    query, limit = draw(WORDS), draw(st.integers(1, 20))
    match tool:
        case "search_text" | "search_hybrid":
            return {"query": query, "limit": limit}
        case "search_image":
            return draw(st.sampled_from([{"text": query}, {"document_id": "d1"}]))
        case "filter":
            return {"filter": {"field": "title", "op": "exists", "value": True}}
        case "exclude":
            return draw(st.sampled_from([{}, {"terms": [query]}]))
        case "combine":
            return {"method": draw(st.sampled_from(["evidence", "rrf", "max"]))}
        case "rerank" | "summarize":
            return {"query": query}
        case "diversify":
            return {"aspects": [query, "town"]}
        case "group":
            return {"by": "title", "limit": limit}
        case "facets":
            return {"field": "title"}
        case "sort":
            return {"field": "title", "order": draw(st.sampled_from(["asc", "desc"]))}
        case "aggregate":
            return draw(st.sampled_from([{"op": "count"}, {"op": "values", "field": "title"}]))
        case "fetch":
            return {"ids": ["d1", "d2"]}
        case _:
            return {}


@st.composite
def valid_plans(draw) -> Plan:
    """Plans that are right by construction: each step takes what earlier ones yield."""
    steps: list[Step] = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        usable = {
            name: [s.id for s in steps if REGISTRY[s.tool].returns in tool.inputs]
            for name, tool in REGISTRY.items()
        }
        names = [n for n, t in REGISTRY.items() if len(usable[n]) >= t.min_inputs]
        tool = REGISTRY[draw(st.sampled_from(sorted(names)))]
        most = min(tool.max_inputs, len(usable[tool.name]))
        count = draw(st.integers(tool.min_inputs, most))
        inputs = tuple(draw(st.permutations(usable[tool.name]))[:count])
        after = draw(st.lists(st.sampled_from([s.id for s in steps]), max_size=2)) if steps else []
        args = arguments_of(tool.name, draw)
        steps.append(Step(f"s{number}", tool.name, args, inputs, tuple(after)))
    order = tuple(draw(st.permutations(steps)))
    return Plan("a goal", order, draw(st.sampled_from(order)).id)


def codes(plan: Plan, **more: Any) -> set[str]:
    return {defect.code for defect in plan_defects(plan, **more)}


def changed(plan: Plan, at: int, **fields: Any) -> Plan:
    """The plan with one step changed."""
    steps = list(plan.steps)
    steps[at] = replace(steps[at], **fields)
    return replace(plan, steps=tuple(steps))


@given(valid_plans())
def test_a_plan_that_is_right_has_no_defect(plan: Plan) -> None:
    """In whatever order its steps are listed."""
    assert plan_defects(plan, ALL, Budget()) == []


@given(valid_plans())
def test_what_passes_can_be_run(plan: Plan) -> None:
    """No step is skipped, and none fails for its form: the index is all that can let it down."""

    async def go():
        return await run_steps(plan.steps, StepOutputs(), ListToolbox(FILMS))

    steps, _, reason = asyncio.run(go())
    assert reason == "complete"
    assert {step.status for step in steps} == {"done"}


@given(valid_plans(), st.data())
def test_every_way_to_break_a_plan_is_flagged(plan: Plan, data) -> None:
    """One fault at a time, in any step."""
    at = data.draw(st.integers(0, len(plan.steps) - 1))
    step = plan.steps[at]
    tool = REGISTRY[step.tool]
    gone = (*step.depends_on, "nowhere")
    faults: dict[str, tuple[Plan, set[str]]] = {
        "depends on nothing that is": (changed(plan, at, depends_on=gone), {"missing_input"}),
        "input that is not": (
            changed(plan, at, inputs=(*step.inputs, "nowhere")),
            {"missing_input"},
        ),
        "waits for itself": (changed(plan, at, depends_on=(step.id,)), {"cycle"}),
        "unknown tool": (changed(plan, at, tool="delete_all"), {"unknown_tool"}),
        "unknown argument": (
            changed(plan, at, args={**step.args, "force": True}),
            {"type_mismatch"},
        ),
        "no answer": (replace(plan, answer_step="nowhere"), {"missing_input"}),
        "an id twice": (replace(plan, steps=(*plan.steps, step)), {"type_mismatch"}),
        "too many inputs": (
            changed(plan, at, inputs=(step.id,) * (tool.max_inputs + 1)),
            {"type_mismatch"},
        ),
    }
    name = data.draw(st.sampled_from(sorted(faults)))
    broken, expected = faults[name]
    assert expected <= codes(broken), name
    assert "disallowed_tool" in codes(plan, allowed=ALL - {step.tool})


@given(valid_plans(), st.data())
def test_a_cycle_is_flagged_exactly_where_there_is_one(plan: Plan, data) -> None:
    """Against the obvious way to find one: walk until a step is met again."""
    ids = [step.id for step in plan.steps]
    extra = data.draw(st.lists(st.tuples(st.integers(0, len(ids) - 1), st.sampled_from(ids))))
    for at, id in extra:
        plan = changed(plan, at, depends_on=(*plan.steps[at].depends_on, id))

    def walks_back(id: str, met: tuple[str, ...]) -> bool:
        step = plan.step(id)
        assert step is not None
        return id in met or any(walks_back(d, (*met, id)) for d in step.all_dependencies)

    assert ("cycle" in codes(plan)) is any(walks_back(id, ()) for id in ids)


SCALARS = st.none() | st.booleans() | st.integers(-5, 300) | st.floats() | st.text(max_size=4)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), SCALARS)
CHECKED_OTHERWISE = frozenset({"filter", "object"})
"""Types whose content their own parsers check; the JSON schema only says that it is an object."""


@given(st.data())
def test_arguments_are_judged_as_their_json_schema_judges_them(data) -> None:
    """What clients read in the schema is what is enforced."""
    tool = REGISTRY[data.draw(st.sampled_from(sorted(REGISTRY)))]
    plain = [param.name for param in tool.params if param.type not in CHECKED_OTHERWISE]
    names = st.sampled_from([*plain, "unknown"]) if plain else st.just("unknown")
    args = data.draw(st.dictionaries(names, VALUES, max_size=4))
    schema = tool.schema()
    fits = jsonschema.Draft202012Validator(schema).is_valid(args)
    step = Step("s1", tool.name, args)
    flagged = [d for d in step_defects(step, {"s1": None}) if d.where.startswith("s1.args")]
    if not fits:
        assert flagged
    elif flagged:
        # Stricter than JSON Schema can say: blanks are no characters, NaN is no number.
        assert _beyond_schema(args) or tool.name in ("group", "search_image")


def _beyond_schema(args: dict[str, Any]) -> bool:
    values = list(args.values())
    return (
        any(isinstance(v, str) and v != v.strip() for v in values)
        or any(isinstance(v, float) for v in values)
        or any(v == [] for v in values)
    )


JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "tool", "args", "inputs", "depends_on", "x"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=4), JSON)
def test_any_json_is_a_plan_with_defects_or_refused(steps, answer) -> None:
    """Never anything but an InvalidPlan, and then the validator never raises."""
    try:
        plan = plan_from_json({"steps": steps, "answer_step": answer})
    except InvalidPlan:
        return
    defects = plan_defects(plan, ALL, Budget())
    assert {defect.code for defect in defects} <= set(get_args(DefectCode))


@given(valid_plans())
def test_a_plan_survives_json(plan: Plan) -> None:
    """What an answer holds can be sent back and does the same."""
    again = plan_from_json(json.loads(json.dumps(plan.to_json())))
    assert again.hash == plan.hash
    assert again.steps == tuple(replace(s, depends_on=s.all_dependencies) for s in plan.steps)


@given(valid_plans())
def test_waves_keep_every_dependency(plan: Plan) -> None:
    """A step comes after all it waits for; each comes once."""
    waves, caught = ordered(plan.steps)
    place = {step.id: n for n, wave in enumerate(waves) for step in wave}
    assert not caught
    assert sorted(place) == sorted(step.id for step in plan.steps)
    assert all(place[d] < place[s.id] for s in plan.steps for d in s.all_dependencies)


@given(valid_plans(), st.integers(1, 6), st.integers(1, 8))
def test_a_budget_that_cannot_hold_is_flagged(plan: Plan, calls: int, cost: int) -> None:
    """Exactly where the sums exceed it; the longest chain cannot be more than all calls."""
    needed = sum(REGISTRY[step.tool].calls for step in plan.steps)
    price = sum(REGISTRY[step.tool].cost for step in plan.steps)
    found = {d.where for d in plan_defects(plan, ALL, Budget(max_tool_calls=calls, max_cost=cost))}
    assert ("budget.max_tool_calls" in found) is (needed > calls)
    assert ("budget.max_cost" in found) is (price > cost + 1e-9)
    assert critical_calls(plan) <= needed
