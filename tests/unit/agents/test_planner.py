"""Planning end to end over a small index: what each strategy finds, and what an answer tells."""

import asyncio

import pytest

from agents.errors import InvalidGoal, UnknownStrategy, UnknownTool
from agents.evaluation.score import judge
from agents.goals.read import read_goal
from agents.plans.execute import StepOutputs
from agents.plans.plan import Step
from agents.plans.validate import plan_defects
from agents.run_metrics import plan_metrics
from agents.tools.evidence import DocSet, ScoredDocument
from agents.tree.state import PlanState
from agents.tree.strategies import STRATEGIES
from tests.unit.agents.agent_fakes import (
    FILMS,
    HARBOUR_GOAL,
    ListToolbox,
    doc,
    ids_of,
    products,
    run_plan,
)

PAIR = "a striped mug and a lamp of the same colour, both under 40, nothing dotted"


CROWD = [
    doc(f"c{n}", f"In which town was director {n} born? In the town of Place {n}.", f"Director {n}")
    for n in range(30)
]
"""Documents that say more of the goal than those that answer it."""


@pytest.mark.parametrize("strategy", ["cot", "tot", "auto", "tot_dfs"])
def test_chains_of_evidence_are_followed(strategy: str) -> None:
    """The film names its director, whose page no search for the goal brings up."""
    toolbox = ListToolbox([*FILMS, *CROWD])
    assert "d2" not in ids_of(run_plan(HARBOUR_GOAL, toolbox, strategy="single"))
    answer = run_plan(HARBOUR_GOAL, toolbox, strategy=strategy)
    assert {"d1", "d2"} <= set(ids_of(answer))
    assert any("'Ada Lindqvist' is named in d1" in fact for fact in answer.reasoning)


def test_single_searches_once() -> None:
    """The baseline that the others are measured against."""
    answer = run_plan(HARBOUR_GOAL, strategy="single")
    assert answer.usage.tool_calls == 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_goal_of_two_items_is_answered_by_a_pair(strategy: str) -> None:
    """Every condition and the relation hold; the members stand in the goal's order."""
    toolbox = ListToolbox(products())
    first, second = run_plan(PAIR, toolbox, strategy=strategy).results[:2]
    assert (first["group"], second["group"]) == (0, 0)
    mug, lamp = first["metadata"], second["metadata"]
    assert (mug["kind"], mug["pattern"], lamp["kind"]) == ("mug", "striped", "lamp")
    assert mug["colour"] == lamp["colour"]
    assert lamp["pattern"] != "dotted"
    assert max(mug["price"], lamp["price"]) < 40


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("goal", [HARBOUR_GOAL, "harbour but not seals", "towns in Sweden"])
def test_every_answer_is_a_plan_without_defects(goal: str, strategy: str) -> None:
    """It can be sent back and run again; each result says which step found it."""
    answer = run_plan(goal, strategy=strategy)
    assert plan_defects(answer.plan) == []
    assert {step.status for step in answer.plan.steps} == {"done"}
    assert answer.results
    assert all(result["found_by"] for result in answer.results)


def test_what_is_unwanted_is_kept_out() -> None:
    """Searching for words pulls in what they deny; the plan takes it out again."""
    answer = run_plan("harbour films without Karl Berg", strategy="auto")
    assert not {"d4", "d5"} & set(ids_of(answer))


@pytest.mark.parametrize("strategy", ["cot", "tot", "auto"])
def test_a_goal_that_nothing_fits_is_relaxed_and_says_so(strategy: str) -> None:
    """There is no mug under 1: a condition is dropped, and the goal is not called complete."""
    answer = run_plan("a red mug under 1", ListToolbox(products()), strategy=strategy)
    assert answer.results[0]["id"].startswith("mug-red")
    assert answer.stop_reason != "complete"
    assert "relax" in {node.thought.kind for node in answer.tree.nodes}


def test_a_plain_ranking_is_no_answer_to_a_goal_of_several_items() -> None:
    """Though both are among its ten: who reads it would take its first two."""
    reading = read_goal(PAIR, asyncio.run(ListToolbox(products()).vocabulary()))
    ids = ("lamp-red-dotted", "mug-red-striped", "lamp-red-striped")
    docs = {item.id: item for item in products()}
    hits = DocSet(tuple(ScoredDocument(id, 1.0 - 0.1 * at) for at, id in enumerate(ids)))
    found = Step("s1", "search_text", {"query": PAIR}, status="done")
    state = PlanState((found,), StepOutputs({"s1": hits}, docs), (("s1", 1.0),))
    assert judge(state, reading).parts["linkage"] == 0.5
    assert not judge(state, reading).complete


def test_only_tools_that_are_allowed_are_used() -> None:
    """The plan makes do with them."""
    answer = run_plan(HARBOUR_GOAL, tools=("search_text", "combine"), strategy="tot")
    assert {step.tool for step in answer.plan.steps} <= {"search_text", "combine"}
    assert answer.results


def test_summaries_quote_documents_and_nothing_else() -> None:
    """Each sentence is in the document it cites."""
    answer = run_plan(HARBOUR_GOAL)
    texts = {item.id: item.text for item in FILMS}
    assert answer.summary
    assert all(sentence.text in texts[sentence.document_id] for sentence in answer.summary)


def test_a_document_stuffed_with_the_goal_does_not_lead_it_astray() -> None:
    """It may be found, but it does not complete the goal, and the chain is still followed."""
    stuffed = doc("spam", f"{HARBOUR_GOAL} " * 5, "Spam")
    answer = run_plan(HARBOUR_GOAL, ListToolbox([*FILMS, stuffed]), strategy="auto")
    assert {"d1", "d2", "d3"} <= set(ids_of(answer))


def test_a_search_that_breaks_fails_its_thought_and_not_the_run() -> None:
    """Another way is found."""
    toolbox = ListToolbox(FILMS, broken=("Lindqvist",))
    answer = run_plan(HARBOUR_GOAL, toolbox, strategy="tot")
    assert {"d1", "d2"} <= set(ids_of(answer))


def test_events_tell_the_run_in_order() -> None:
    """Started first, finished last, every step begun before it is done."""
    events: list = []
    answer = run_plan(HARBOUR_GOAL, events=events, strategy="tot")
    names = [event.name for event in events]
    assert names[0] == "run.started"
    assert names[-1] == "run.finished"
    begun = [e.data["id"] for e in events if e.name == "step.started"]
    done = [e.data["id"] for e in events if e.name == "step.finished"]
    assert sorted(begun) == sorted(done) == sorted(s.id for s in answer.plan.steps)


def test_figures_count_the_tree() -> None:
    """Branches are thoughts tried; what was pruned, failed and spent is there."""
    answer = run_plan(HARBOUR_GOAL, strategy="tot")
    figures = plan_metrics(answer, 0.5)
    by_status = [node.status for node in answer.tree.nodes]
    assert figures.branches == len(answer.tree.nodes) - 1
    assert figures.pruned == by_status.count("pruned") + by_status.count("duplicate")
    assert figures.failed == by_status.count("failed")
    assert (figures.strategy, figures.status, figures.duration_s) == ("tot", "ok", 0.5)
    assert figures.tool_calls == answer.usage.tool_calls
    planned = plan_metrics(run_plan(HARBOUR_GOAL, execute=False), 0.1)
    assert (planned.branches, planned.stop_reason) == (0, "not_executed")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"goal": " "}, InvalidGoal),
        ({"strategy": "guess"}, UnknownStrategy),
        ({"tools": ("rm",)}, UnknownTool),
    ],
)
def test_what_cannot_be_planned_is_refused(fields, error) -> None:
    """Before anything is asked of the index."""
    toolbox = ListToolbox(FILMS)
    with pytest.raises(error):
        run_plan(fields.pop("goal", HARBOUR_GOAL), toolbox, **fields)
    assert toolbox.calls == 0
