"""What a leg is, and what the legs of one search share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar, TypeVarTuple

import numpy as np
import pyarrow as pa
from lancedb.expr import Expr
from lancedb.query import AsyncStandardQuery
from lancedb.table import AsyncTable

from retrieval.search.ranking import LegHits, Side
from retrieval.search.request import CANDIDATES, SearchRequest
from retrieval.store.reading.background_sample import BackgroundSample
from retrieval.store.reading.held.namespace import HeldNamespace
from retrieval.store.reading.held.query_words import AS_WRITTEN, Spelling
from retrieval.store.reading.held.vectors import Passing
from retrieval.words.settings import NOTHING_APPLIED, AppliedSettings

T = TypeVar("T")
_Asked = TypeVarTuple("_Asked")


class SearchContext:
    """The snapshot of one search, its filter and samples, and what several legs need of it.

    Args:
        table: At one version.
        where: The filter, None where there is none.
        timed: Fill in when documents were created.
        sample: The background sample of a vector column.
        words_column: Where words are searched, see ``schema.words_column``.
        held: The snapshot in memory, None where the legs go by the table.
        passing: Which rows in memory count, None for all.
        has_parts: Some rows are further passages of a document.
        where_passages: The filter as passages pass it.
        marks_photographs: Vectors of pictures say whether they are of photographs.
        spelling: What the query's words are taken for beside themselves.
    """

    def __init__(
        self,
        table: AsyncTable,
        where: Expr | None,
        timed: bool,
        sample: Callable[[str], Awaitable[BackgroundSample]],
        words_column: str,
        held: HeldNamespace | None = None,
        passing: Passing | None = None,
        has_parts: bool = False,
        where_passages: Expr | None = None,
        marks_photographs: bool = False,
        spelling: Spelling = AS_WRITTEN,
    ) -> None:
        self.table, self.where, self.timed = table, where, timed
        self.sample, self.held, self.passing = sample, held, passing
        self.words_column = words_column
        self.has_parts, self.where_passages = has_parts, where_passages
        self.marks_photographs = marks_photographs
        self.spelling = spelling
        self.applied: AppliedSettings = NOTHING_APPLIED
        """What the namespace's settings do to the query."""
        self.took_s: dict[str, float] = {}
        """What each leg took; filled in."""
        self._begun: dict[str, asyncio.Future[Any]] = {}

    async def once(self, what: str, begin: Callable[[], Awaitable[T]]) -> T:
        """Return what ``begin`` makes, made once however many legs ask."""
        if what not in self._begun:
            self._begun[what] = asyncio.ensure_future(begin())
        return await self._begun[what]

    async def at_once_or_beside(
        self, words: int, find: Callable[[*_Asked], LegHits], *asked: *_Asked
    ) -> LegHits:
        """Return what is found in memory, in a thread where it would hold up others.

        Args:
            words: As many words as looking for them takes as long.
            find: Of the namespace in memory.
            asked: What it is given.
        """
        assert self.held is not None
        if self.held.is_long(words):
            return await asyncio.to_thread(find, *asked)
        return find(*asked)

    async def clocked(self, leg: str, job: Awaitable[T]) -> T:
        """Return what a leg's own work makes, and note what it took."""
        start_s = time.perf_counter()
        made = await job
        self.took_s[leg] = time.perf_counter() - start_s
        return made


Search = Callable[[SearchContext], Awaitable[LegHits]]


class Leg(Protocol):
    """One way of searching."""

    @property
    def name(self) -> str:
        """Return what explanations and metrics call it."""
        ...

    @property
    def side(self) -> Side:
        """Return which of a hit's two scores, and of the request's two weights, it counts in."""
        ...

    def search(self, request: SearchRequest, schema: pa.Schema) -> Search | None:
        """Return this leg's search, None where the request asks nothing of it.

        Raises:
            InvalidSearch: What it would search for does not fit the index.
        """
        ...


async def rows(
    query: AsyncStandardQuery, where: Expr | None, with_times: bool, measure: str
) -> LegHits:
    """Return the best rows of a query by ids and scores; texts and pictures are read later."""
    if where is not None:
        query = query.where(where)
    columns = [measure, *(["created_at"] if with_times else [])]
    found = await query.limit(CANDIDATES).select(columns).with_row_id().to_arrow()
    scores = found[measure].to_numpy().astype(np.float64)
    if measure == "_distance":
        scores = 1.0 - scores
    times = found["created_at"].to_numpy() if with_times else np.empty(0, "datetime64[us]")
    return LegHits(found["_rowid"].to_numpy().astype(np.int64), scores, scores, times)
