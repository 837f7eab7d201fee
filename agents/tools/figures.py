"""Tools over whole sets: an order by a field, and figures; without an input over all documents.

What is counted and ordered are the rows of the vocabulary that the run is pinned to, so that
every replica counts the same.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from agents.errors import ToolFailed
from agents.lexicon.rows import rows_where
from agents.lexicon.vocabulary import Vocabulary
from agents.tools.evidence import DocSet, Figure, ScoredDocument
from agents.tools.operators import is_number
from agents.tools.tool import (
    DEFAULT_LIMIT,
    FILTER,
    LIMIT,
    MAX_STEP_LIMIT,
    Param,
    StepFault,
    Tool,
    ToolCall,
    Yielded,
)
from retrieval.documents import Json
from retrieval.filtering.parse import BUILT_IN, Condition, parse, walk

OPS = ("count", "average", "total", "least", "most", "values")
SHOWN = 10
"""Documents that a figure shows."""
FieldRows = Mapping[str, Mapping[str, Json]]


async def _rows(call: ToolCall) -> tuple[FieldRows, Vocabulary]:
    """Return the rows that a step is about: its input's, or all that pass its filter."""
    vocabulary = await call.toolbox.vocabulary()
    wanted = call.args.get("filter")
    if wanted is not None:
        _check(call, wanted)
    if not call.inputs:
        return rows_where(vocabulary, wanted), vocabulary
    given = {id: call.docs[id].metadata for id in call.sets[0].ids if id in call.docs}
    kept = rows_where(vocabulary, wanted) if wanted is not None else given
    return {id: row for id, row in given.items() if id in kept}, vocabulary


def _check(call: ToolCall, wanted: Mapping[str, Json]) -> None:
    """Refuse what only the store can decide.

    Raises:
        ToolFailed: The filter is on a document's own field other than its id.
    """
    for node in walk(parse(dict(wanted))):
        if isinstance(node, Condition) and node.field in BUILT_IN and node.field != "id":
            message = f"{call.tool} filters by id and metadata, not by {node.field}"
            raise ToolFailed(message, f"{call.step_id}.args.filter")


def _key(field: str) -> str:
    return field.removeprefix("metadata.")


async def _sort(call: ToolCall) -> Yielded:
    rows, vocabulary = await _rows(call)
    key, down = _key(call.args["field"]), call.args.get("order", "asc") == "desc"
    valued = sorted(_valued(rows, key, vocabulary))
    # Ties stand by id in both directions: the order is stable.
    ordered = sorted(valued, key=lambda item: item[1], reverse=down)  # pyright: ignore
    start = call.args.get("offset", 0)
    ids = [id for id, _ in ordered[start : start + call.args.get("limit", DEFAULT_LIMIT)]]
    hits = DocSet(tuple(ScoredDocument(id, 1.0 - at / len(ids)) for at, id in enumerate(ids)))
    return await _shown(call, hits, ids, vocabulary)


async def _shown(
    call: ToolCall, output: DocSet | Figure, ids: Sequence[str], vocabulary: Vocabulary
) -> Yielded:
    unread = [id for id in ids if id not in call.docs]
    docs = {doc.id: doc for doc in await call.toolbox.fetch(unread)} if unread else {}
    return Yielded(output, docs, vocabulary.index_version)


def _valued(rows: FieldRows, key: str, vocabulary: Vocabulary) -> Iterator[tuple[str, float | str]]:
    """Yield the rows with a value that can be ordered: numbers, or texts such as days."""
    numeric = key in vocabulary.numbers
    for id, row in rows.items():
        value = row.get(key)
        if is_number(value) if numeric else isinstance(value, str):
            yield id, value  # pyright: ignore[reportReturnType]


async def _aggregate(call: ToolCall) -> Yielded:
    rows, vocabulary = await _rows(call)
    op, field = call.args["op"], call.args.get("field")
    made = _figure(op, None if field is None else _key(field), rows, vocabulary.whole)
    return await _shown(call, made, made.ids, vocabulary)


def _figure(op: str, key: str | None, rows: FieldRows, whole: bool) -> Figure:
    """Return a figure over rows; those without a value of the field are told, not counted."""
    if op == "count" or key is None:
        return Figure("count", None, float(len(rows)), (), len(rows), 0, tuple(rows)[:SHOWN], whole)
    if op == "values":
        counts = Counter(str(v) for row in rows.values() for v in _each(row.get(key)))
        counted = sum(1 for row in rows.values() if _each(row.get(key)))
        values = tuple(sorted(counts.items()))
        return Figure(
            op,
            key,
            float(len(values)),
            values,
            counted,
            len(rows) - counted,
            tuple(rows)[:SHOWN],
            whole,
        )
    numbers = {id: float(v) for id, row in rows.items() if is_number(v := row.get(key))}  # pyright: ignore
    skipped = len(rows) - len(numbers)
    if not numbers:
        return Figure(op, key, None, (), 0, skipped, (), whole)
    value = {
        "average": statistics.fmean,
        "total": sum,
        "least": min,
        "most": max,
    }[op](numbers.values())
    shown = [id for id in numbers if op in ("average", "total") or numbers[id] == value]
    return Figure(op, key, value, (), len(numbers), skipped, tuple(shown)[:SHOWN], whole)


def _each(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _no_field(args: Mapping[str, Json], inputs: int) -> StepFault | None:
    if args.get("op") == "count" or args.get("field"):
        return None
    message = f"{args.get('op')} is of a field"
    return StepFault("missing_input", message, "give field", "field")


SORT = Tool(
    "sort",
    "order documents by a field: all that pass a filter, or those of an input",
    (
        Param("field", "string", required=True, minimum=1, maximum=256),
        Param("order", "string", choices=("asc", "desc")),
        FILTER,
        LIMIT,
        Param("offset", "integer", minimum=0, maximum=MAX_STEP_LIMIT),
    ),
    "DocSet",
    _sort,
    ("DocSet",),
    0,
    1,
    calls=1,
    cost=1.0,
)
AGGREGATE = Tool(
    "aggregate",
    "a figure over all documents that pass a filter, or over an input: how many, the average, "
    "total, least or most of a field, or which values it has",
    (
        Param("op", "string", required=True, choices=OPS),
        Param("field", "string", minimum=1, maximum=256),
        FILTER,
    ),
    "Figure",
    _aggregate,
    ("DocSet",),
    0,
    1,
    calls=1,
    cost=1.0,
    fault=_no_field,
)
