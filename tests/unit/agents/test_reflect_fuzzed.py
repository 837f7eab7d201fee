"""Reflection over fuzzed plans and answers: the potential never rises, and revising ends."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.budget import Budget
from agents.plans.defects import HARD
from agents.plans.parse import plan_from_json
from agents.plans.plan import Plan, Step
from agents.plans.validate import plan_defects
from agents.reflection.reflect import reflect
from agents.reflection.request import ReflectRequest
from agents.requests import in_process
from agents.tools.registry import REGISTRY
from tests.unit.agents.agent_fakes import FILMS, HARBOUR_GOAL, ListToolbox

IDS = ("s1", "s2", "s3", "s4", "s9", "")
ARGUMENTS: tuple[dict[str, Any], ...] = (
    {},
    {"query": "harbour director"},
    {"query": "Visby", "limit": 3},
    {"query": ""},
    {"query": "seal", "limit": 0},
    {"query": 7},
    {"ids": ["d1", "gone"]},
    {"ids": []},
    {"filter": {"field": "title", "op": "eq", "value": "Visby"}},
    {"filter": "title = Visby"},
    {"terms": ["harbour"]},
    {"by": "title"},
    {"field": "title"},
    {"method": "worst"},
)
STEPS = st.builds(
    Step,
    id=st.sampled_from(IDS),
    tool=st.sampled_from([*sorted(REGISTRY), "delete_all"]),
    args=st.sampled_from(ARGUMENTS),
    inputs=st.lists(st.sampled_from(IDS), max_size=3).map(tuple),
    depends_on=st.lists(st.sampled_from(IDS), max_size=2).map(tuple),
)
PLANS = st.builds(
    Plan,
    goal=st.just(HARBOUR_GOAL),
    steps=st.lists(STEPS, max_size=5).map(tuple),
    answer_step=st.sampled_from([None, *IDS]),
)
SENTENCES = (
    "Ada Lindqvist was born in Visby in 1920.",
    "Ada Lindqvist was born in Visby in 1930.",
    "The Silent Harbour is a comedy.",
    "Seals direct films.",
    "Visby is on Gotland [d3].",
    "It was never shown [gone].",
    "Nobody knows.",
)


def look(**fields: Any):
    """Reflect over the films and return the reflection."""

    async def go():
        return await reflect(ReflectRequest(HARBOUR_GOAL, **fields), in_process(ListToolbox(FILMS)))

    return asyncio.run(go())


def check(reflection, max_rounds: int) -> None:
    """What holds for every reflection."""
    before, after = reflection.potential_before, reflection.potential_after
    assert after <= before
    assert reflection.accepted is (after < before)
    assert (reflection.revised is not None) is reflection.accepted
    assert reflection.rounds <= max_rounds
    assert 0 <= reflection.quality_score <= 1
    if reflection.approved:
        assert not any(issue.code in HARD for issue in reflection.remaining)


@settings(max_examples=150)
@given(plan=PLANS, max_rounds=st.integers(1, 3))
def test_the_potential_of_a_plan_never_rises(plan: Plan, max_rounds: int) -> None:
    """However broken it is; what replaces it is better, and can be run."""
    reflection = look(plan=plan, max_rounds=max_rounds)
    check(reflection, max_rounds)
    structural = {d.code for d in plan_defects(plan, frozenset(REGISTRY), Budget())}
    assert structural <= {issue.code for issue in reflection.issues}
    if reflection.accepted and reflection.potential_after[0] == 0:
        assert plan_defects(plan_from_json(reflection.revised)) == []


@settings(max_examples=30)
@given(plan=PLANS, max_rounds=st.integers(1, 3))
def test_what_is_approved_comes_back_unchanged(plan: Plan, max_rounds: int) -> None:
    """Sending an accepted revision back changes nothing where it is approved."""
    first = look(plan=plan, max_rounds=max_rounds)
    if first.accepted and first.approved:
        again = look(plan=plan_from_json(first.revised))
        assert again.approved
        assert again.revised is None
        assert again.rounds == 0


@settings(max_examples=60)
@given(
    said=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True),
    max_rounds=st.integers(1, 3),
)
def test_the_potential_of_an_answer_never_rises(said: list[str], max_rounds: int) -> None:
    """Claims are checked, quoted or dropped; nothing is written that no document says."""
    reflection = look(answer=" ".join(said), max_rounds=max_rounds)
    check(reflection, max_rounds)


@settings(max_examples=60)
@given(
    plan=PLANS,
    max_nodes=st.integers(1, 8),
    max_tool_calls=st.integers(1, 8),
    max_cost=st.integers(1, 8),
)
def test_reflection_keeps_to_its_budget(plan, max_nodes, max_tool_calls, max_cost) -> None:
    """Running the plan, looking documents up and growing it together."""
    budget = Budget(max_nodes=max_nodes, max_tool_calls=max_tool_calls, max_cost=max_cost)
    reflection = look(plan=plan, budget=budget, max_rounds=3)
    assert reflection.usage.nodes <= max_nodes
    assert reflection.usage.tool_calls <= max_tool_calls
    assert reflection.usage.cost <= max_cost + 1e-6
