"""Orders and figures over all documents that fit, against brute force."""

import asyncio
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.plans.execute import StepOutputs, run_steps
from agents.plans.plan import Step
from agents.tools.evidence import Figure
from tests.unit.agents.agent_fakes import ListToolbox, doc, ids_of, run_plan
from tests.unit.agents.homes import HOMES, homes

OPS = {"average": statistics.fmean, "total": sum, "least": min, "most": max}
VALUES = st.one_of(st.none(), st.integers(-9, 9), st.just("many"), st.booleans())


def ran(toolbox: ListToolbox, tool: str, **args):
    """What a step yields."""
    step = Step("s1", tool, args)
    steps, memory, _ = asyncio.run(run_steps([step], StepOutputs(), toolbox))
    assert steps[0].status == "done", steps[0].error
    return memory.outputs["s1"]


@given(st.lists(VALUES, min_size=1, max_size=12), st.sampled_from(sorted(OPS)))
def test_a_figure_is_over_numbers_and_tells_what_it_skipped(values: list, op: str) -> None:
    """Missing values, texts and booleans are skipped, and counted."""
    docs = [
        doc(f"d{at}", "word", **({} if value is None else {"size": value}))
        for at, value in enumerate(values)
    ]
    numbers = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
    found = ran(ListToolbox(docs), "aggregate", op=op, field="size")
    assert isinstance(found, Figure)
    assert (found.counted, found.skipped) == (len(numbers), len(values) - len(numbers))
    assert found.value == (pytest.approx(OPS[op](numbers)) if numbers else None)


@given(st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=12), st.booleans())
def test_an_order_is_by_value_with_ties_by_id(values: list, down: bool) -> None:
    """Documents without a value have no place in it."""
    docs = [
        doc(f"d{at:02}", "word", **({} if value is None else {"size": value}))
        for at, value in enumerate(values)
    ]
    order = "desc" if down else "asc"
    found = ran(ListToolbox(docs), "sort", field="size", order=order, limit=20)
    sign = -1 if down else 1
    expected = sorted((sign * v, f"d{at:02}") for at, v in enumerate(values) if v is not None)
    assert list(found.ids) == [id for _, id in expected]


def test_a_count_of_nothing_is_an_answer() -> None:
    """Nought documents fit, and nothing is asked less of."""
    answer = run_plan("how many flats under 5 euros are there?", HOMES).to_json()
    assert (answer["aggregate"]["value"], answer["results"]) == (0, [])
    assert answer["stop_reason"] == "complete"


def test_a_figure_is_told_in_a_sentence_that_cites() -> None:
    """With the number, and documents that it is over."""
    answer = run_plan("how many flats in Linz are there?", HOMES)
    right = [d.id for d in homes() if d.metadata["type"] == "flat" and d.metadata["city"] == "Linz"]
    assert answer.figure is not None
    assert answer.figure.value == len(right)
    (sentence,) = answer.summary
    assert sentence.document_id in right
    assert f"{len(right)} documents fit" in sentence.text


def test_the_best_are_as_many_as_were_asked_for() -> None:
    """In their order, whatever a search would have ranked first."""
    cheapest = sorted(homes(), key=lambda d: d.metadata["price_eur"])
    assert ids_of(run_plan("the two cheapest homes", HOMES)) == [d.id for d in cheapest[:2]]


def test_several_of_one_item_are_a_list() -> None:
    """Three flats are three documents, not six orders of them."""
    answer = run_plan("three different flats in Linz", HOMES)
    assert len(answer.results) == len({result["id"] for result in answer.results}) <= 3
    assert not any("group" in result for result in answer.results)


def test_a_filter_that_only_the_store_decides_is_refused() -> None:
    """The vocabulary knows metadata, and no texts."""
    wanted = {"field": "text", "op": "contains", "value": "word"}
    step = Step("s1", "aggregate", {"op": "count", "filter": wanted})
    steps, _, _ = asyncio.run(run_steps([step], StepOutputs(), HOMES))
    assert (steps[0].status, "not by text" in str(steps[0].error)) == ("failed", True)
