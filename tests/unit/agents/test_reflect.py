"""Reflection end to end over a small index: what is flagged, mended, reverted, left alone."""

import asyncio
from typing import Any

import pytest

from agents.budget import Budget
from agents.errors import AgentError, InvalidBudget, InvalidGoal, InvalidPlan, UnknownDocument
from agents.plans.parse import plan_from_json
from agents.reflection.reflect import reflect
from agents.reflection.request import ReflectRequest
from agents.requests import in_process
from tests.unit.agents.agent_fakes import (
    FILMS,
    HARBOUR_GOAL,
    Clock,
    ListToolbox,
    doc,
    plan_json,
    products,
    run_plan,
)


def look(toolbox: ListToolbox | None = None, goal: str = HARBOUR_GOAL, **fields: Any):
    """Reflect and return the reflection."""
    toolbox = toolbox or ListToolbox(FILMS)
    if isinstance(fields.get("plan"), dict):
        fields["plan"] = plan_from_json(fields["plan"])

    async def go():
        return await reflect(ReflectRequest(goal, **fields), in_process(toolbox))

    return asyncio.run(go())


def codes(reflection) -> set[str]:
    return {issue.code for issue in reflection.issues}


def step(id: str, tool: str, inputs: list[str] | None = None, **args: Any) -> dict[str, Any]:
    return {"id": id, "tool": tool, "args": args, "inputs": inputs or []}


SEALS = plan_json(step("s1", "search_text", query="seals", limit=2))


def test_a_plan_of_the_planner_comes_back_unchanged() -> None:
    """Nothing is revised where nothing is wrong."""
    answer = run_plan(HARBOUR_GOAL)
    reflection = look(plan=answer.to_json())
    assert reflection.approved
    assert reflection.revised is None
    assert not reflection.accepted
    assert reflection.rounds == 0
    assert reflection.potential_before == reflection.potential_after


def test_a_plan_beside_the_point_is_revised_into_one_that_covers_the_goal() -> None:
    """The revision stands because the potential fell."""
    reflection = look(plan=SEALS)
    assert {"uncovered_aspect", "single_source"} <= codes(reflection)
    assert reflection.accepted
    assert reflection.potential_after < reflection.potential_before
    assert {"d1", "d2", "d3"} <= {result["id"] for result in reflection.results}


def test_a_revised_plan_is_a_plan() -> None:
    """It can be sent back, and is then approved."""
    revised = look(plan=SEALS).revised
    again = look(plan=revised)
    assert again.approved
    assert again.revised is None


def test_a_revision_that_is_no_better_is_dropped_whole() -> None:
    """The index has nothing more to say, so the input stands."""
    toolbox = ListToolbox([doc("d7", "Harbour seals live along northern coasts.", "Harbour seal")])
    reflection = look(toolbox, plan=SEALS)
    assert not reflection.accepted
    assert reflection.revised is None
    assert reflection.potential_after == reflection.potential_before


def test_a_plan_that_names_documents_that_do_not_exist_is_told_so_and_mended() -> None:
    """The place of the id is named, and the rest of the plan stays."""
    plan = plan_json(step("s1", "fetch", ids=["d1", "gone"]), answer_step="s1")
    reflection = look(plan=plan)
    (issue,) = [issue for issue in reflection.issues if issue.code == "missing_input"]
    assert (issue.where, issue.evidence) == ("s1.args.ids", ("gone",))
    assert reflection.accepted
    assert reflection.revised["steps"][0]["args"]["ids"] == ["d1"]


def test_results_that_do_not_exist_are_refused_by_their_place() -> None:
    """A caller's own list is checked before anything is judged by it."""
    with pytest.raises(UnknownDocument) as caught:
        look(results=("d1", "gone"))
    assert caught.value.where == "results.1"


def test_results_alone_are_judged() -> None:
    """They stand for a plan that fetched them."""
    assert "uncovered_aspect" in codes(look(results=("d7",)))


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([step("s1", "combine", ["s2"]), step("s2", "combine", ["s1"])], "cycle"),
        ([step("s1", "rerank", ["s9"], query="x")], "missing_input"),
        ([step("s1", "search_text", query=7)], "type_mismatch"),
        ([step("s1", "delete_all")], "unknown_tool"),
        ([step("s1", "search_image", text="harbour")], "disallowed_tool"),
        ([step(f"s{n}", "search_text", query="harbour") for n in range(9)], "budget_overrun"),
    ],
)
def test_a_broken_plan_is_flagged_and_mended(steps, code) -> None:
    """Whatever is wrong with the structure, what stands at the end can be run."""
    tools = ("search_text", "search_hybrid", "combine", "rerank", "fetch", "summarize")
    reflection = look(plan=plan_json(*steps), tools=tools, budget=Budget(max_tool_calls=8))
    assert code in codes(reflection)
    assert not reflection.approved or reflection.accepted
    assert reflection.accepted
    assert not [d for d in reflection.remaining if d.severity == "hard"]


def test_an_empty_plan_is_replaced_by_one_that_finds_something() -> None:
    """Nothing covers the goal, so anything does better."""
    reflection = look(plan=plan_json())
    assert {"empty_result", "uncovered_aspect"} <= codes(reflection)
    assert reflection.accepted


def test_a_plan_that_ran_on_an_older_index_is_stale() -> None:
    """The issue says both versions."""
    reflection = look(ListToolbox(FILMS, version=5), plan={**SEALS, "index_version": 3})
    (issue,) = [issue for issue in reflection.issues if issue.code == "stale_index"]
    assert "3" in issue.message
    assert "5" in issue.message


def test_redundant_and_empty_steps_are_flagged() -> None:
    """The same call twice, and a search that finds nothing."""
    plan = plan_json(
        step("s1", "search_text", query="harbour"),
        step("s2", "search_text", query="harbour"),
        step("s3", "search_text", query="zeppelin"),
        step("s4", "combine", ["s1", "s2", "s3"]),
    )
    found = {(i.code, i.where) for i in look(plan=plan).issues}
    assert ("redundant_step", "s2") in found
    assert ("empty_result", "s3") in found


def test_evidence_without_links_is_flagged() -> None:
    """Titled documents of which none names another."""
    toolbox = ListToolbox(
        [
            doc("a", "Harbour town in Malta.", "Alpha"),
            doc("b", "Director born in a silent town.", "Beta"),
        ]
    )
    plan = plan_json(step("s1", "search_text", query="harbour director"))
    assert "unlinked_evidence" in codes(look(toolbox, plan=plan))


def test_a_violated_exclusion_is_hard_and_mended() -> None:
    """The revised plan's documents keep to what the goal denies."""
    goal = "a mug under 40, nothing striped"
    plan = plan_json(step("s1", "search_hybrid", query="striped mug"), goal=goal)
    toolbox = ListToolbox(products())
    plan["steps"][0]["args"]["filter"] = {
        "and": [
            {"field": "kind", "op": "eq", "value": "mug"},
            {"field": "pattern", "op": "eq", "value": "striped"},
        ]
    }
    reflection = look(toolbox, goal, plan=plan)
    assert "violated_exclusion" in codes(reflection)
    assert reflection.accepted
    assert reflection.results
    assert all(r["metadata"]["pattern"] != "striped" for r in reflection.results)


CITED = "The Silent Harbour was directed by Ada Lindqvist [d1]."


def test_a_supported_answer_with_its_sources_is_approved() -> None:
    """Both documents are cited and say what it says."""
    answer = f"{CITED} The director was born in the town of Visby [d2] [d3]."
    reflection = look(answer=answer)
    assert reflection.approved
    assert reflection.revised is None
    assert [claim["verdict"] for claim in reflection.claims] == ["supported", "supported"]


def test_an_unsupported_claim_is_flagged_with_its_span_and_dropped() -> None:
    """The span points into the answer as it was sent."""
    answer = f"{CITED} It won the Golden Bear."
    reflection = look(answer=answer)
    (issue,) = [issue for issue in reflection.issues if issue.code == "unsupported_claim"]
    start, end = issue.where.removeprefix("answer[").rstrip("]").split(":")
    assert answer[int(start) : int(end)] == "It won the Golden Bear."
    assert reflection.accepted
    assert "Bear" not in reflection.revised


def test_a_contradicted_number_is_replaced_by_what_the_evidence_says() -> None:
    """The correction is quoted with its source."""
    answer = "Ada Lindqvist, the film director, was born in Visby in 1935 [d2]."
    reflection = look(answer=answer)
    assert "contradicted_claim" in codes(reflection)
    assert reflection.accepted
    assert "1920" in reflection.revised
    assert "[d2]" in reflection.revised


def test_citing_a_document_that_does_not_exist_is_flagged_at_its_place() -> None:
    """The brackets are the place."""
    reflection = look(answer="Visby is a town on Gotland [nowhere].")
    (issue,) = [i for i in reflection.issues if "nowhere" in i.message]
    assert (issue.code, issue.where) == ("unsupported_claim", "answer[27:36]")


def test_an_answer_that_rests_on_one_document_is_told_so() -> None:
    """Two claims, one source."""
    answer = "Ada Lindqvist was a Swedish film director [d2]. She was born in Visby in 1920 [d2]."
    assert "single_source" in codes(look(answer=answer))


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_rounds_are_bounded_and_the_potential_never_rises(rounds: int) -> None:
    """Each round falls strictly or is the last."""
    reflection = look(plan=SEALS, max_rounds=rounds, quality_threshold=1.0)
    assert reflection.rounds <= rounds
    assert reflection.potential_after <= reflection.potential_before


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, InvalidPlan),
        ({"answer": " "}, InvalidPlan),
        ({"answer": "x", "goal": "  "}, InvalidGoal),
        ({"answer": "x", "max_rounds": 4}, InvalidBudget),
        ({"answer": "x", "max_rounds": 0}, InvalidBudget),
        ({"answer": "x", "quality_threshold": 2.0}, InvalidBudget),
        ({"answer": "x" * 20_001}, InvalidPlan),
        ({"results": tuple(map(str, range(101)))}, InvalidPlan),
    ],
)
def test_requests_that_cannot_be_served_are_refused(fields, error) -> None:
    """By the most precise error, with its place."""
    with pytest.raises(error) as caught:
        look(**fields)
    assert isinstance(caught.value, AgentError)
    assert caught.value.where


def test_a_budget_that_is_spent_reverts_instead_of_failing() -> None:
    """One call is enough to judge, none is left to revise."""
    reflection = look(plan=SEALS, budget=Budget(max_tool_calls=1))
    assert not reflection.accepted
    assert reflection.usage.tool_calls <= 1


def test_an_index_that_is_slow_ends_at_the_deadline() -> None:
    """Every call takes longer than the whole budget; the judgement still comes."""
    clock = Clock()
    toolbox = ListToolbox(FILMS, clock=clock, cost_s=20.0)

    async def go():
        request = ReflectRequest(HARBOUR_GOAL, plan_from_json(SEALS))
        return await reflect(request, in_process(toolbox, clock))

    reflection = asyncio.run(go())
    assert reflection.stop_reason == "deadline"
    assert not reflection.accepted
