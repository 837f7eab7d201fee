"""What a namespace in memory knows of each row beside its words and vectors."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from retrieval.search.fusion import Ids
from retrieval.search.recency import Times
from retrieval.store.entries import Entry, to_entry
from retrieval.store.reading.held.growing import Growing
from retrieval.store.schema import PART, PASSAGE, SAMPLE_KEY

BYTES_OF_A_STRING = sys.getsizeof("") + 8
"""Beside its characters, with its place in a list."""

TEXTS = ("id", "text", "entry", PASSAGE)
COLUMNS = (*TEXTS, "created_at", SAMPLE_KEY, PART)


@dataclass(frozen=True, slots=True)
class HeldRows:
    """Columns of equal length. Lists are shared with later states, which only add to their ends."""

    addresses: Growing
    """Where each row lies in the table, ascending: what ``LegHits`` calls a row id."""
    documents: Growing
    """The row of the document that each row is of: its own, but for further passages. -1 where
    the document is not there."""
    draws: Growing
    times: Growing
    ids: list[str]
    texts: list[str | None]
    entries: list[str]
    passages: list[str | None]
    places: dict[str, int]
    """The latest row of each document, by id."""
    characters: int = 0
    """Bytes of all texts as the table holds them."""

    def __len__(self) -> int:
        return len(self.addresses)

    @property
    def nbytes(self) -> int:
        """Return about what it takes in memory."""
        arrays = (self.addresses, self.documents, self.draws, self.times)
        strings = self.characters + len(TEXTS) * BYTES_OF_A_STRING * len(self)
        return sum(array.nbytes for array in arrays) + strings + 64 * len(self.places)

    @property
    def last_address(self) -> int:
        """Return where the last row lies, -1 if there is none."""
        return int(self.addresses.values[-1]) if len(self) else -1

    def grown(self, table: pa.Table) -> HeldRows:
        """Return it with the rows of a table, which lie after all that are held."""
        first = len(self)
        ids, parts = table["id"].to_pylist(), table[PART].to_numpy()
        lists = (self.ids, self.texts, self.entries, self.passages)
        for held, column in zip(lists, TEXTS, strict=True):
            # What a write that failed midway has left behind.
            del held[first:]
            held += ids if column == "id" else table[column].to_pylist()
        own = np.flatnonzero(parts == 0).tolist()
        self.places.update((ids[at], first + at) for at in own)
        times = table["created_at"].to_numpy().astype("M8[us]")
        return HeldRows(
            self.addresses.extended(table["_rowid"].to_numpy().astype(np.int64)),
            self.documents.extended(self._documents(ids, len(own) < len(ids), first)),
            self.draws.extended(table[SAMPLE_KEY].to_numpy()),
            self.times.extended(times),
            *lists,
            self.places,
            self.characters + sum(table[column].nbytes for column in TEXTS),
        )

    def _documents(self, ids: list[str], in_parts: bool, first: int) -> Ids:
        if not in_parts:
            return np.arange(first, first + len(ids))
        return np.array([self.places.get(id, -1) for id in ids], np.int64)

    def entry(self, row: int) -> Entry:
        """Return what a search shows of a document."""
        return to_entry({"id": self.ids[row], "text": self.texts[row], "entry": self.entries[row]})

    def at(self, addresses: Ids) -> Ids:
        """Return the rows that lie at these addresses, all of which are held."""
        return np.searchsorted(self.addresses.values, addresses)


def no_rows(capacity: int = 0) -> HeldRows:
    """Return no rows, with room for so many."""
    ids = np.empty(0, np.int64)
    times: Times = np.empty(0, "M8[us]")
    return HeldRows(
        Growing(ids, capacity),
        Growing(ids, capacity),
        Growing(ids, capacity),
        Growing(times, capacity),
        ids=[],
        texts=[],
        entries=[],
        passages=[],
        places={},
    )
