"""Typed columns of a namespace: whether there is room for more, and which of them nobody fills.

Every merge writes every column, so that a document of a thousand keys would make the writes of
all others slow, and go on doing so when it is gone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce

import pyarrow as pa
from lancedb.expr import Expr, col
from lancedb.table import AsyncTable

from retrieval.documents import Document
from retrieval.errors import TooManyFields
from retrieval.filtering.fields import SEPARATOR, STRING, TIME, column_of, key_of, typed_columns

_NULL_KEY = re.compile(r'"([A-Za-z_][A-Za-z0-9_.-]*)": null')
"""As ``entries`` packs a key without a value; inside of strings quotes are escaped."""
_KEYS_A_QUERY = 32


def missing_columns(
    known: Collection[str], documents: Sequence[Document], max_fields: int
) -> list[str]:
    """Return the typed columns that documents need beside those there are, sorted.

    Args:
        known: The columns of the table.
        documents: In the order in which they get the room that is left.
        max_fields: Typed columns that a namespace may have. One that has more already, from an
            older release, gets no others.

    Raises:
        TooManyFields: Naming the first document that finds no room, and what is said of each.
    """
    typed = {name for name in known if key_of(name) is not None}
    wanted: set[str] = set()
    refused: dict[str, str] = {}
    for document in documents:
        new = set(typed_columns(document.metadata)) - typed - wanted
        if new and len(typed) + len(wanted) + len(new) > max_fields:
            there = len(typed) + len(wanted)
            refused[document.id] = _told(document, new, there, max_fields)
        else:
            wanted |= new
    if refused:
        raise TooManyFields(next(iter(refused.values())), "metadata", refused)
    return sorted(wanted)


def _told(document: Document, new: Collection[str], there: int, max_fields: int) -> str:
    twice = " (a time counts twice)" if any(name.startswith(TIME) for name in new) else ""
    return (
        f"document {document.id!r:.100} brings {len(new)} new metadata fields{twice} to the "
        f"{there} of its namespace, which may have {max_fields} (`index.max_fields`); are ids or "
        "dates used as metadata keys?"
    )


async def unused_columns(table: AsyncTable) -> set[str]:
    """Return the typed columns that no document fills at the table's version."""
    names = (await table.schema()).names
    unused = {name for name in names if key_of(name) is not None}
    if unused:
        async for batch in await table.query().select(["fields"]).to_batches():
            unused -= await asyncio.to_thread(_filled_in, batch)
    # A key that is null everywhere fills nothing, and is known all the same.
    by_key = {key: name for name in unused if name.startswith(STRING) and (key := key_of(name))}
    for keys in _chunks(sorted(by_key)):
        rows = table.query().where(_any_is_null(keys)).select(["entry"])
        async for batch in await rows.to_batches():
            for key in await asyncio.to_thread(_null_keys, batch):
                unused.discard(column_of(STRING, key))
    return unused


def _filled_in(batch: pa.RecordBatch) -> set[str]:
    rows: Iterable[str] = batch.column("fields").unique().to_pylist()
    return {name for row in rows for name in row.split(SEPARATOR)}


def _any_is_null(keys: Sequence[str]) -> Expr:
    return reduce(Expr.or_, [col("entry").contains(f'"{key}": null') for key in keys])


def _null_keys(batch: pa.RecordBatch) -> set[str]:
    entries: Iterable[str] = batch.column("entry").to_pylist()
    return {key for entry in entries for key in _NULL_KEY.findall(entry)}


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[at : at + _KEYS_A_QUERY] for at in range(0, len(keys), _KEYS_A_QUERY))
