"""Answers of several documents: one for each item of a goal, subject to relations between them.

"A striped mug and a lamp of the same colour" has no single document as its answer.
Each item is a set of candidates, and an answer is a **combination**: one document
from each set, all different, that share the fields of ``same``, differ in those of
``different`` and stay within ``totals``. Combinations are ranked by the mean of
their members' scaled scores, so that the best answer is the one whose weakest link
still fits. In an HTTP answer the members appear in the goal's order under
``results`` with their ``group`` (0 for the best combination) and ``slot``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.tools.evidence import DocSet, Group, Groups
from agents.tools.operators import Docs, is_number, scaled
from agents.tools.tool import DEFAULT_LIMIT, LIMIT, Param, StepFault, Tool, ToolCall, pure

MAX_STEPS = 20_000
"""Partial combinations looked at, at most; the best candidates come first, so the cut is mild."""

MAX_INPUTS = 8
TOTAL_OPS = ("lt", "lte", "gt", "gte")


@dataclass(frozen=True, slots=True)
class Relations:
    """What the members of a combination have in common.

    ``totals`` maps a field to ``{op: number}``, a bound on the members' sum; ``rising`` are
    (field, item, other item): the first has less of it than the second.
    """

    same: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    totals: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    rising: tuple[tuple[str, int, int], ...] = ()


def combinations(
    sets: Sequence[DocSet],
    texts: Docs,
    relations: Relations,
    labels: Sequence[str] = (),
    limit: int = 10,
) -> Groups:
    """Return the best combinations, each set of documents once, best first, ties by the ids.

    A document without a value in a field of ``same`` or ``different`` fits no relation.
    """
    names = [labels[i] if i < len(labels) else f"item {i + 1}" for i in range(len(sets))]
    scores = [scaled(docs) for docs in sets]
    # Exactly: documents of equal sets add up to the same in whatever order they stand.
    placed = sorted(
        (-math.fsum(s[id] for s, id in zip(scores, ids, strict=True)) / len(ids), ids)
        for ids in _complete(sets, texts, relations)
    )
    # The same documents in another order are the same combination.
    once: dict[frozenset[str], tuple[float, tuple[str, ...]]] = {}
    for place in placed:
        if len(once) == limit:
            break
        once.setdefault(frozenset(place[1]), place)
    return Groups(
        tuple(
            Group(
                tuple(zip(names, ids, strict=True)),
                -low,
                {name: texts[ids[0]].metadata[name] for name in relations.same},
            )
            for low, ids in once.values()
        )
    )


def _complete(
    sets: Sequence[DocSet], texts: Docs, relations: Relations
) -> Iterator[tuple[str, ...]]:
    """Yield combinations bucket by bucket of the shared values, each member's best first."""
    buckets: list[dict[tuple[Any, ...], list[str]]] = []
    for docs in sets:
        bucket: dict[tuple[Any, ...], list[str]] = {}
        for id in docs.ids:
            values = _values(texts, id, relations.same)
            if values is not None and _values(texts, id, relations.different) is not None:
                bucket.setdefault(values, []).append(id)
        buckets.append(bucket)
    if not buckets:
        return
    # Of sets that are equal, each combination is made in one order only.
    twins = [
        max((j for j in range(i) if sets[j] == sets[i]), default=None) for i in range(len(sets))
    ]
    ordered = not relations.rising and any(twin is not None for twin in twins)
    common = set(buckets[0]).intersection(*buckets[1:])
    share = max(1, MAX_STEPS // max(1, len(common)))
    for values in sorted(common, key=repr):
        candidates = [bucket[values] for bucket in buckets]
        for chosen in _joined(candidates, texts, relations, share, twins):
            yield _canonical(chosen, twins) if ordered else chosen


def _joined(
    candidates: Sequence[Sequence[str]],
    texts: Docs,
    relations: Relations,
    steps: int,
    twins: Sequence[int | None],
) -> Iterator[tuple[str, ...]]:
    stack: list[tuple[str, ...]] = [()]
    while stack and steps > 0:
        chosen = stack.pop()
        steps -= 1
        if len(chosen) == len(candidates):
            if _within(chosen, texts, relations.totals) and _rises(chosen, texts, relations.rising):
                yield chosen
            continue
        fitting = [
            (*chosen, id)
            for id in _later(candidates, chosen, () if relations.rising else twins)
            if id not in chosen and _differs(id, chosen, texts, relations.different)
        ]
        stack += reversed(fitting)


def _later(
    candidates: Sequence[Sequence[str]], chosen: Sequence[str], twins: Sequence[int | None]
) -> Sequence[str]:
    """Return the candidates of the next item; of two alike the second comes after the first."""
    own = candidates[len(chosen)]
    twin = twins[len(chosen)] if twins else None
    return own if twin is None else own[own.index(chosen[twin]) + 1 :]


def _canonical(chosen: tuple[str, ...], twins: Sequence[int | None]) -> tuple[str, ...]:
    """Return a combination with the ids of items that are alike in their order."""
    out = list(chosen)
    for at in range(len(chosen)):
        family = [i for i in range(len(chosen)) if _first(i, twins) == at]
        for i, id in zip(family, sorted(chosen[i] for i in family), strict=True):
            out[i] = id
    return tuple(out)


def _first(at: int, twins: Sequence[int | None]) -> int:
    twin = twins[at]
    return at if twin is None else _first(twin, twins)


def _rises(chosen: Sequence[str], texts: Docs, rising: Sequence[tuple[str, int, int]]) -> bool:
    for name, low, high in rising:
        if max(low, high) >= len(chosen):
            return False
        less, more = (texts[chosen[at]].metadata.get(name) for at in (low, high))
        if not (is_number(less) and is_number(more)) and not (
            isinstance(less, str) and isinstance(more, str)
        ):
            return False
        if not less < more:  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]
            return False
    return True


def _values(texts: Docs, id: str, fields: Sequence[str]) -> tuple[Any, ...] | None:
    if id not in texts:
        return None
    values = tuple(texts[id].metadata.get(name) for name in fields)
    usable = all(value is not None and not isinstance(value, list) for value in values)
    return values if usable else None


def _differs(id: str, chosen: Sequence[str], texts: Docs, fields: Sequence[str]) -> bool:
    return all(
        texts[id].metadata.get(name) != texts[other].metadata.get(name)
        for name in fields
        for other in chosen
    )


def _within(chosen: Sequence[str], texts: Docs, totals: Mapping[str, Mapping[str, float]]) -> bool:
    for name, bounds in totals.items():
        values = [texts[id].metadata.get(name) for id in chosen]
        numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
        if len(numbers) < len(chosen):
            return False
        if not all(holds(sum(numbers), op, bound) for op, bound in bounds.items()):
            return False
    return True


def holds(value: float, op: str, bound: float) -> bool:
    """Return whether ``value op bound``; sums of prices forgive a billionth."""
    return {
        "lt": value < bound - 1e-9,
        "lte": value <= bound + 1e-9,
        "gt": value > bound + 1e-9,
        "gte": value >= bound - 1e-9,
    }.get(op, False)


def partition(docs: DocSet, texts: Docs, by: str, limit: int = 10) -> Groups:
    """Return a set parted by a field's value, the group of the best document first."""
    parts: dict[Any, list[str]] = {}
    for id in docs.ids:
        value = texts[id].metadata.get(by) if id in texts else None
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                parts.setdefault(item, []).append(id)
    scores = scaled(docs)
    groups = [
        Group(tuple((str(value), id) for id in ids), max(scores[id] for id in ids), {by: value})
        for value, ids in parts.items()
    ]
    return Groups(tuple(groups[:limit]))


def _group(call: ToolCall) -> Groups:
    args, sets, limit = call.args, call.sets, call.args.get("limit", DEFAULT_LIMIT)
    if len(sets) == 1:
        return partition(sets[0], call.docs, args["by"], limit)
    same = [str(name) for name in (*args.get("same", ()), args.get("by")) if name is not None]
    rising = tuple((name, low, high) for name, (low, high) in args.get("rising", {}).items())
    relations = Relations(
        tuple(dict.fromkeys(same)), tuple(args.get("different", ())), args.get("totals", {}), rising
    )
    return combinations(sets, call.docs, relations, args.get("labels", ()), limit)


def _no_totals(given: Mapping[str, Any]) -> str | None:
    for key, item in given.items():
        fine = isinstance(item, Mapping) and item
        if not fine or not all(op in TOTAL_OPS and is_number(n) for op, n in item.items()):
            return f"totals.{key} holds {', '.join(TOTAL_OPS)} with numbers"
    return None


def _no_rising(given: Mapping[str, Any]) -> str | None:
    for key, item in given.items():
        pair = isinstance(item, list) and len(item) == 2
        if not pair or not all(type(at) is int and 0 <= at < MAX_INPUTS for at in item):
            return f"rising.{key} holds two numbers of inputs, the lower one first"
    return None


def _no_field(args: Mapping[str, Any], inputs: int) -> StepFault | None:
    if inputs != 1 or args.get("by"):
        return None
    message = "one input is parted by a field"
    return StepFault("missing_input", message, "give by, or a second input", "by")


GROUP = Tool(
    "group",
    "one input: partition by a field; several: choose one document from each, "
    "subject to relations between them",
    (
        Param("by", "string", minimum=1, maximum=64),
        Param("same", "strings", maximum=8),
        Param("different", "strings", maximum=8),
        Param("totals", "object", problem=_no_totals),
        Param("rising", "object", problem=_no_rising),
        Param("labels", "strings", maximum=16),
        LIMIT,
    ),
    "Groups",
    pure(_group),
    ("DocSet",),
    1,
    MAX_INPUTS,
    cost=0.1,
    fault=_no_field,
)
