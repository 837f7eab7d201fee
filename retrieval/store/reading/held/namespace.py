"""A namespace in memory at one version: what the legs find in it, and how it becomes the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from retrieval.documents import Vector, Vectors
from retrieval.filtering.fields import key_of
from retrieval.filtering.parse import Filter
from retrieval.search.calibration import SAMPLE_ROWS
from retrieval.search.fusion import Ids, places_of
from retrieval.search.ranking import LegHits
from retrieval.search.recency import Times
from retrieval.search.request import CANDIDATES
from retrieval.store.entries import Entry
from retrieval.store.reading.background_sample import BackgroundSample
from retrieval.store.reading.held.best import at_least, best
from retrieval.store.reading.held.chosen import Chooser
from retrieval.store.reading.held.metadata import FilterColumn, HeldValues, no_column
from retrieval.store.reading.held.rows import COLUMNS, HeldRows, no_rows
from retrieval.store.reading.held.spellings import HeldSpellings, written_in
from retrieval.store.reading.held.vectors import HeldVectors, Passing, no_vectors
from retrieval.store.reading.held.words import HeldWords, Living, no_words
from retrieval.store.rows import vectors_in
from retrieval.store.schema import VECTOR_COLUMNS, WORDS, Edition

CODED = ("modality", "source")
READ = (*COLUMNS, WORDS, *VECTOR_COLUMNS, *CODED)
"""The columns of a table that are held, beside those of metadata."""

MOST_AT_ONCE = 1 << 19
"""Rows that are looked through on the event loop, once for each word; some 3 ms."""

NO_TIMES: Times = np.empty(0, "M8[us]")


@dataclass(frozen=True, slots=True)
class HeldNamespace:
    """Everything that a search reads. Searches that have begun keep the state they began with."""

    edition: Edition
    rows: HeldRows
    alive: Living
    """Rows that were replaced or deleted since they were read are no more."""
    words: HeldWords
    spellings: HeldSpellings
    vectors: Mapping[str, HeldVectors]
    columns: Mapping[str, FilterColumn]
    """What filters read: ``CODED``, and the typed columns of metadata."""
    has_parts: bool
    _samples: dict[str, BackgroundSample] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Return about what it takes in memory."""
        columns = (*self.vectors.values(), *self.columns.values())
        others = sum(column.nbytes for column in columns)
        words = self.words.nbytes + self.spellings.nbytes
        return self.rows.nbytes + words + self.alive.nbytes + others

    def is_long(self, terms: int) -> bool:
        """Say whether searching for so many words or vectors holds up what else is asked.

        A thread costs more than what is shorter.
        """
        return len(self.rows) * terms > MOST_AT_ONCE

    @property
    def living(self) -> int:
        """Return how many rows there are in the table."""
        return int(np.count_nonzero(self.alive))

    def grown(self, table: pa.Table, replaces: bool = True) -> HeldNamespace:
        """Return it with further rows; those that they replace are no more. ``READ`` and row ids.

        Before the next search comes ``at``.

        Args:
            table: The rows, and where they lie.
            replaces: They are later than what is held. Else they are of the same version, and a
                document's passages may come in two parts.
        """
        table = table.sort_by("_rowid")
        alive = self.alive.copy()
        if replaces:
            alive[self._of_documents(table["id"].to_pylist())] = False
        first = len(self.rows)
        rows = self.rows.grown(table)
        vectors = {name: _grown(self.vectors[name], name, table, first) for name in self.vectors}
        return HeldNamespace(
            self.edition,
            rows,
            np.concatenate([alive, rows.documents.values[first:] >= 0]),
            self.words.grown(table[WORDS]),
            self.spellings.grown(written_in(table), first),
            vectors,
            self._grown_columns(table, first),
            self.has_parts,
        )

    def _grown_columns(self, table: pa.Table, first: int) -> dict[str, FilterColumn]:
        # A column that was dropped holds nothing of rows that live.
        columns = {
            name: column.without(len(table))
            for name, column in self.columns.items()
            if name not in table.column_names
        }
        for name in table.column_names:
            if is_filtered_on(name):
                held = self.columns.get(name) or no_column(name, first)
                columns[name] = held.grown(table[name])
        return columns

    def _of_documents(self, ids: Sequence[str]) -> Ids:
        """Return the rows held of these documents, those of their further passages too."""
        known = [self.rows.places[id] for id in set(ids) if id in self.rows.places]
        if not self.has_parts:
            return np.array(known, np.int64)
        return np.flatnonzero(np.isin(self.rows.documents.values, known))

    def keeping(self, addresses: Ids) -> HeldNamespace:
        """Return it without the rows that lie at none of these addresses of the table."""
        there = np.isin(self.rows.addresses.values, addresses, assume_unique=True)
        return replace(self, alive=self.alive & there)

    def at(self, edition: Edition, has_parts: bool) -> HeldNamespace:
        """Return it as the state of an edition, ready to be searched."""
        return HeldNamespace(
            edition,
            self.rows,
            self.alive,
            self.words.counted(self.alive),
            self.spellings,
            {name: column.sketched() for name, column in self.vectors.items()},
            self.columns,
            has_parts,
        )

    def packed(self, edition: Edition, has_parts: bool) -> HeldNamespace:
        """Return it as the state of an edition, quick to search; it takes longer than ``at``."""
        packed = replace(self, words=self.words.as_one(), spellings=self.spellings.as_one())
        return packed.at(edition, has_parts)

    def passing(self, wanted: Filter | None = None) -> Passing | None:
        """Return which rows count, None for all.

        Args:
            wanted: A filter whose fields were checked. A passage passes as its document does.

        Raises:
            NotHeld: The filter can only be answered by the table.
        """
        if wanted is None:
            return self.living_rows
        columns = {**self.columns, "created_at": HeldValues(self.rows.times)}
        chosen = Chooser(columns, self.rows.places, len(self.rows)).chosen(wanted)
        if self.has_parts:
            chosen = chosen[self.rows.documents.values]
        return chosen & self.alive

    @property
    def living_rows(self) -> Living | None:
        """Return which rows live, None for all."""
        return None if self.alive.all() else self.alive

    def by_words(
        self,
        terms: Sequence[str],
        passing: Passing | None,
        timed: bool,
        others: Mapping[str, Sequence[str]],
    ) -> LegHits:
        """Return the best documents by BM25; ``others`` as ``HeldWords.scores`` takes them."""
        scores = self.words.scores(terms, self.living_rows, others)
        if passing is not None:
            scores *= passing
        rows = best(scores, self.rows.addresses.values, CANDIDATES)
        rows = rows[scores[rows] > 0]
        raw = scores[rows].astype(np.float64)
        attainable = self.words.attainable(terms, self.living_rows, others)
        times = self._times(rows, timed)
        return LegHits(self.rows.addresses.values[rows], raw, raw, times, attainable=attainable)

    def by_vector(
        self, column: str, query: Vector, also: Ids, passing: Passing | None, timed: bool
    ) -> LegHits:
        """Return the documents nearest by their best vector.

        Args:
            column: The vectors that are compared.
            query: Shape (d,), L2-normalised.
            also: The addresses of documents that count however far away they are, where they have
                a vector.
            passing: Only these rows; None for all.
            timed: Fill in when documents were created.
        """
        held = self.vectors[column]
        documents = self.rows.documents.values
        at = self._nearest(held, query, passing)
        further = self._vectors_of(held, self.rows.at(also))
        at = np.concatenate([at, further[places_of(at, further) < 0]])
        cosines = held.exact(query, at)
        if self.has_parts:
            order = np.lexsort((held.rows.values[at], -cosines))
            _, first = np.unique(documents[held.rows.values[at[order]]], return_index=True)
            at, cosines = at[order[first]], cosines[order[first]]
        rows = held.rows.values[at]
        addresses = self.rows.addresses.values
        hits = LegHits(
            addresses[documents[rows]], cosines, cosines, self._times(documents[rows], timed)
        )
        return replace(hits, passages=addresses[rows]) if self.has_parts else hits

    def _nearest(self, held: HeldVectors, query: Vector, passing: Passing | None) -> Ids:
        """Return where the vectors of the nearest documents stand."""
        addresses = self.rows.addresses.values
        limit = CANDIDATES
        while True:
            at = held.likely(query, limit, passing)
            cosines = held.cosines(query, at)
            if not self.has_parts:
                return at[best(cosines, addresses[held.rows.values[at]], CANDIDATES)]
            at = self._best_of_each(held, at, cosines)
            # One book's passages may be all that is near: look further until there is a shelf.
            if len(at) == CANDIDATES or limit >= len(held):
                return at
            limit *= 8

    def _best_of_each(self, held: HeldVectors, at: Ids, cosines: Vector) -> Ids:
        rows = held.rows.values[at]
        order = np.lexsort((rows, -cosines))
        _, first = np.unique(self.rows.documents.values[rows[order]], return_index=True)
        return at[order[np.sort(first)[:CANDIDATES]]]

    def _vectors_of(self, held: HeldVectors, documents: Ids) -> Ids:
        if not self.has_parts or not len(documents):
            return held.of_rows(documents)
        rows = held.rows.values
        of_them = np.isin(self.rows.documents.values[rows], documents)
        return np.flatnonzero(of_them & self.alive[rows])

    def vectors_at(self, column: str, addresses: Ids) -> Vectors:
        """Return the vectors of rows that have one, by where they lie in the table."""
        held = self.vectors[column]
        return held.vectors.values[held.of_rows(self.rows.at(addresses))]

    def _times(self, rows: Ids, timed: bool) -> Times:
        return self.rows.times.values[rows] if timed else NO_TIMES

    def entries_at(self, addresses: Ids) -> list[Entry]:
        """Return documents by where they lie in the table, in the order asked for."""
        return [self.rows.entry(row) for row in self.rows.at(addresses).tolist()]

    def passages_at(self, addresses: Sequence[int]) -> dict[int, str | None]:
        """Return what the column ``passage`` holds, by where rows lie in the table."""
        rows = self.rows.at(np.array(addresses, np.int64)).tolist()
        return {at: self.rows.passages[row] for at, row in zip(addresses, rows, strict=True)}

    def sample(self, column: str) -> BackgroundSample:
        """Return the background sample of a vector column, the same in every replica."""
        if column not in self._samples:
            self._samples[column] = self._drawn(self.vectors[column])
        return self._samples[column]

    def _drawn(self, held: HeldVectors) -> BackgroundSample:
        at = np.flatnonzero(self.alive[held.rows.values])
        draws = self.rows.draws.values[held.rows.values[at]]
        low = at_least(-draws, SAMPLE_ROWS)
        smallest = low[np.argsort(draws[low], kind="stable")[:SAMPLE_ROWS]]
        return BackgroundSample(held.vectors.values[at[smallest]], len(at))


def nothing_held(edition: Edition, dimensions: Mapping[str, int], capacity: int) -> HeldNamespace:
    """Return an empty namespace with room for so many rows."""
    return HeldNamespace(
        edition,
        no_rows(capacity),
        np.empty(0, np.bool_),
        no_words(capacity),
        HeldSpellings(),
        {name: no_vectors(dimension) for name, dimension in dimensions.items()},
        {},
        has_parts=False,
    )


def is_filtered_on(column: str) -> bool:
    """Say whether filters read a column of the table that is held for them alone."""
    return column in CODED or key_of(column) is not None


def _grown(held: HeldVectors, name: str, table: pa.Table, first: int) -> HeldVectors:
    filled = table[name].is_valid()
    rows = np.flatnonzero(filled.to_numpy()) + first
    return held.grown(rows, vectors_in(table.select([name]).filter(filled), name))
