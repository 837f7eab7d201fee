"""Which passage of each hit was found, and which passages a filter takes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pyarrow as pa
from lancedb.expr import Expr, col, lit
from lancedb.table import AsyncTable

from retrieval.filtering.parse import Condition, Filter, walk
from retrieval.search.fusion import Ids
from retrieval.search.ranking import LegResults
from retrieval.search.request import FoundPassage
from retrieval.store.entries import Entry
from retrieval.store.parts import place_in
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.schema import PART, PASSAGE, TEXT_VECTOR, has_parts
from retrieval.words.highlighting import richest

MOST_CHARACTERS = 1 << 20
"""Of long texts of one page that are looked through for words: a text of the largest size."""
Found = dict[int, FoundPassage | None]
"""By the row of a document: the passage, None where it is all of the text. A long text that the
text leg did not find is missing."""


async def found_passages(
    table: AsyncTable,
    wanted: Ids,
    found: LegResults,
    schema: pa.Schema,
    held: HeldNamespace | None,
) -> Found:
    """Return the passages of a page's hits."""
    leg = found.get(TEXT_VECTOR)
    cosines = {} if leg is None else dict(zip(leg.row_ids.tolist(), leg.raw.tolist(), strict=True))
    rows = {row: row for row in wanted.tolist()}
    if leg is not None and len(leg.passages):
        places = zip(leg.row_ids.tolist(), leg.passages.tolist(), strict=True)
        rows |= {document: row for document, row in places if document in rows}
    if PASSAGE not in schema.names or not rows:
        return dict.fromkeys(rows)
    asked = sorted(set(rows.values()) | set(rows))
    places = await _places(table, asked) if held is None else held.passages_at(asked)
    return {
        document: place_in(places[row], cosines.get(document))
        for document, row in rows.items()
        # Where the words alone were found nobody knows in which passage.
        if document in cosines or places[row] is None
    }


async def _places(table: AsyncTable, rows: Sequence[int]) -> dict[int, str | None]:
    read = await table.take_row_ids(list(rows)).select([PASSAGE]).with_row_id().to_arrow()
    return dict(zip(read["_rowid"].to_pylist(), read[PASSAGE].to_pylist(), strict=True))


async def passages_by_words(
    table: AsyncTable, texts: Mapping[int, Entry], terms: Sequence[str]
) -> dict[int, FoundPassage]:
    """Return, of long texts that were found by their words, the passages with most of them.

    Args:
        texts: By the row of the document; what is beyond ``MOST_CHARACTERS`` is passed over.
    """
    read: dict[int, Entry] = {}
    left = MOST_CHARACTERS
    for row, entry in texts.items():
        left -= len(entry.text or "")
        if left < 0:
            break
        read[row] = entry
    if not read or not terms:
        return {}
    theirs = col("id").isin([entry.id for entry in read.values()])
    rows = await table.query().where(theirs).select(["id", PASSAGE]).to_list()
    places: dict[str, list[FoundPassage]] = {}
    for row in rows:
        place = place_in(row[PASSAGE], None)
        if place is not None:
            places.setdefault(row["id"], []).append(place)
    return await asyncio.to_thread(_richest, read, places, terms)


def _richest(
    texts: Mapping[int, Entry], places: Mapping[str, list[FoundPassage]], terms: Sequence[str]
) -> dict[int, FoundPassage]:
    found: dict[int, FoundPassage] = {}
    for row, entry in texts.items():
        known = {(place.start, place.end): place for place in places.get(entry.id, ())}
        best = richest(entry.text or "", terms, sorted(known))
        if best is not None:
            found[row] = known[best]
    return found


async def passages_where(
    table: AsyncTable, node: Filter | None, where: Expr | None, schema: pa.Schema
) -> Expr | None:
    """Return the filter as passages pass it: they have all that is filtered on but the text."""
    if node is None or where is None or not has_parts(schema) or not _reads_text(node):
        return where
    long = table.query().where(where & (col(PART) == lit(0)) & ~(col(PASSAGE) == lit("")))
    passing = (await long.select(["id"]).to_arrow())["id"].to_pylist()
    return (where & (col(PART) == lit(0))) | col("id").isin(passing)


def _reads_text(node: Filter) -> bool:
    conditions = (item for item in walk(node) if isinstance(item, Condition))
    return any(condition.field == "text" for condition in conditions)
