"""Thoughts for goals with conditions: one filtered search per item, then the combination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agents.goals.reading import GoalCondition, Reading, Slot
from agents.plans.canonical import digest
from agents.plans.plan import Step
from agents.tools.evidence import DocSet
from agents.tools.grouping import Relations
from agents.tree.retrieval_world import PlanContext, price_of
from agents.tree.state import MAX_SET, PlanState
from agents.tree.thoughts import Thought
from agents.usage import ResourceUsage

CANDIDATES = 100
"""Documents per item that a combination is chosen from; ``relax`` doubles it."""


def filter_of(conditions: Sequence[GoalCondition]) -> dict[str, Any] | None:
    """Return conditions as one filter, None for none; equal ones once."""
    unique: list[dict[str, Any]] = []
    for condition in conditions:
        item = condition.to_filter()
        if item not in unique:
            unique.append(item)
    if not unique:
        return None
    return unique[0] if len(unique) == 1 else {"and": unique}


def structured(
    brief: PlanContext,
    state: PlanState,
    slots: Sequence[Slot],
    relations: Relations,
    kind: str,
    rationale: str,
    prior: float,
    tool: str = "search_hybrid",
    candidates: int = CANDIDATES,
) -> Thought | None:
    """Return the thought that searches every item and combines them; None if a tool is missing.

    The steps: a search per item; where words are unwanted that no field decides, one
    search for them and an ``exclude`` per item; a ``group`` over several items.
    """
    steps: list[Step] = []
    number = len(state.steps)

    def add(tool: str, args: dict[str, Any], inputs: tuple[str, ...], why: str) -> str:
        step = Step(f"s{number + len(steps) + 1}", tool, args, inputs, inputs, why)
        steps.append(step)
        return step.id

    if brief.reading.exhaustive:
        return _counted(brief, state, slots[0], kind, rationale, prior)
    unwanted = brief.reading.unwanted
    against = None
    if unwanted and brief.reading.pictures and "search_image" in brief.allowed:
        text = " ".join(unwanted)
        against = add("search_image", {"text": text, "limit": candidates}, (), f"unwanted: {text}")
    found: list[str] = []
    for slot in slots[:1] if brief.reading.alike else slots:
        id = add(*_search(slot, tool, candidates), (), _why(slot))
        if unwanted:
            inputs = (id,) if against is None else (id, against)
            id = add(
                "exclude", {"terms": list(unwanted)}, inputs, f"exclude: {', '.join(unwanted)}"
            )
        found.append(id)
    answer = found[0]
    if len(found) > 1:
        args: dict[str, Any] = {"labels": [slot.label for slot in slots], "limit": brief.limit}
        if relations.same:
            args["same"] = list(relations.same)
        if relations.different:
            args["different"] = list(relations.different)
        if relations.totals:
            args["totals"] = {name: dict(ops) for name, ops in relations.totals.items()}
        if relations.rising:
            args["rising"] = {name: [low, high] for name, low, high in relations.rising}
        answer = add("group", args, tuple(found), f"group: {_said(relations)}")
    if any(step.tool not in brief.allowed for step in steps):
        return None
    key = digest([[step.tool, dict(step.args)] for step in steps])
    delta = {"steps": [step.to_delta() for step in steps], "answer": answer}
    return Thought(kind, rationale, delta, prior, key, price_of(steps) + ResourceUsage(nodes=1))


def _counted(
    brief: PlanContext, state: PlanState, slot: Slot, kind: str, rationale: str, prior: float
) -> Thought | None:
    """Return the thought that orders all documents of an item, or makes a figure of them."""
    wish, unwanted = brief.reading.wish, brief.reading.unwanted
    wanted = filter_of(slot.conditions)
    args: dict[str, Any] = {} if wanted is None else {"filter": wanted}
    number = len(state.steps)
    id = f"s{number + 1}"
    if wish.aggregate is not None:
        field = wish.aggregate.field
        args |= {"op": wish.aggregate.op, **({} if field is None else {"field": field})}
        steps = [Step(id, "aggregate", args, rationale=_why(slot))]
    else:
        assert wish.order is not None
        args |= {
            "field": wish.order.field,
            "order": "desc" if wish.order.descending else "asc",
            "limit": MAX_SET if unwanted else brief.limit,
        }
        if wish.order.skipped:
            args["offset"] = wish.order.skipped
        steps = [Step(id, "sort", args, rationale=_why(slot))]
        if unwanted:
            why = f"exclude: {', '.join(unwanted)}"
            last = f"s{number + 2}"
            steps.append(Step(last, "exclude", {"terms": list(unwanted)}, (id,), (id,), why))
    if any(step.tool not in brief.allowed for step in steps):
        return None
    key = digest([[step.tool, dict(step.args)] for step in steps])
    delta = {"steps": [step.to_delta() for step in steps], "answer": steps[-1].id}
    return Thought(kind, rationale, delta, prior, key, price_of(steps) + ResourceUsage(nodes=1))


def _search(slot: Slot, tool: str, candidates: int) -> tuple[str, dict[str, Any]]:
    args: dict[str, Any] = {"text" if tool == "search_image" else "query": slot.query}
    wanted = filter_of(slot.conditions)
    if wanted is not None:
        args["filter"] = wanted
    return tool, {**args, "limit": candidates}


def _why(slot: Slot) -> str:
    said = ", ".join(c.said for c in slot.conditions)
    return f"item {slot.label!r}: {said or slot.query}"


def _said(relations: Relations) -> str:
    parts = [f"same {name}" for name in relations.same]
    parts += [f"different {name}" for name in relations.different]
    parts += [f"total {name}" for name in relations.totals]
    parts += [f"{name} rising" for name, _, _ in relations.rising]
    return ", ".join(parts) or "one of each"


def first_thoughts(brief: PlanContext, state: PlanState) -> list[Thought]:
    """Return the readings of a goal with conditions as thoughts, most literal first."""
    reading = brief.reading
    kind = "split" if len(reading.slots) > 1 else "filter"
    count = sum(len(slot.conditions) for slot in reading.slots)
    literal = structured(
        brief,
        state,
        reading.slots,
        reading.relations,
        kind,
        f"{len(reading.slots)} items, {count} conditions grounded in the index",
        2.0,
        tool="search_hybrid" if "search_hybrid" in brief.allowed else "search_text",
    )
    thoughts = [literal]
    if reading.pictures and not reading.exhaustive and any(slot.loose for slot in reading.slots):
        loose = ", ".join(word for slot in reading.slots for word in slot.loose)
        thoughts.append(
            structured(
                brief,
                state,
                reading.slots,
                reading.relations,
                "modality",
                f"no field has {loose}: by picture",
                1.2,
                tool="search_image",
            )
        )
    return [thought for thought in thoughts if thought is not None]


def relaxations(brief: PlanContext, state: PlanState) -> list[Thought]:
    """Return what to try when no combination was found: look deeper, then ask for less.

    Deeper only where a search gave as much as it was asked for: there may be more. The
    softest condition of an item without documents goes first; relations go last, since
    they are what the goal is about.
    """
    reading = brief.reading
    thoughts: list[Thought | None] = []
    if reading.exhaustive:
        # All documents were looked at; a figure over others would answer another question.
        return []
    if any(len(found.hits) >= CANDIDATES for _, found in _searches(state)):
        thoughts.append(
            structured(
                brief,
                state,
                reading.slots,
                reading.relations,
                "relax",
                f"{MAX_SET} candidates per item",
                0.95,
                candidates=MAX_SET,
            )
        )
    # Nothing is asked less of while something fits.
    for at in [] if state.output is not None and state.output.ids else _empty_slots(state, reading):
        slot = reading.slots[at]
        for turn, condition in enumerate(sorted(slot.conditions, key=lambda c: _firmness(c, slot))):
            kept = tuple(c for c in slot.conditions if c is not condition)
            slots = [*reading.slots[:at], replace(slot, conditions=kept), *reading.slots[at + 1 :]]
            thoughts.append(
                structured(
                    brief,
                    state,
                    slots,
                    reading.relations,
                    "relax",
                    f"{slot.label}: without {condition.said}",
                    0.8 - 0.05 * turn,
                )
            )
    if reading.related and not (state.output is not None and state.output.ids):
        thoughts.append(
            structured(
                brief,
                state,
                reading.slots,
                Relations(),
                "relax",
                "without the relation between the items",
                0.3,
            )
        )
    return [thought for thought in thoughts if thought is not None]


def _firmness(condition: GoalCondition, slot: Slot) -> tuple[float, int]:
    """Return what conditions are dropped by, softest first: how sure the reading is, then
    bounds before wishes about looks, and what the item is last of all."""
    if str(condition.value) == slot.label.rstrip(" 0123456789"):
        return condition.confidence, 2
    return condition.confidence, int(condition.op in ("eq", "ne"))


def _searches(state: PlanState) -> list[tuple[Step, DocSet]]:
    """Return the searches for items with what they found, in the order of the items."""
    return [
        (step, found)
        for step in state.steps
        if step.tool.startswith("search")
        and not step.rationale.startswith("unwanted")
        and isinstance(found := state.memory.outputs.get(step.id), DocSet)
    ]


def _empty_slots(state: PlanState, reading: Reading) -> list[int]:
    """Return the items whose search found nothing; all of them if only the group is empty."""
    last = _searches(state)[-(1 if reading.alike else len(reading.slots)) :]
    empty = [at for at, (_, found) in enumerate(last) if not found.hits]
    return empty or list(range(1 if reading.alike else len(reading.slots)))
