"""Which namespaces hold remains of deleted documents, and how far they were purged.

Deleting hides a document at once, but its words stay in old versions, data files and indices. A
namespace is marked before anything is deleted from it; some time later its files are rewritten,
and when no reader can need the old ones any more they are removed.
"""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from storage.store import Store

TABLES = (
    """CREATE TABLE purge (
      namespace TEXT PRIMARY KEY, since_s REAL, begun_s REAL, rewritten_s REAL) WITHOUT ROWID""",
)
PurgeStep = Literal["rewrite", "remove"]


@dataclass(frozen=True, slots=True)
class DuePurge:
    """What is to be done next in a namespace, and since when something deleted waits for it."""

    namespace: str
    step: PurgeStep
    since_s: float


class PurgeBook:
    """Marks in a store's file."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, namespace: str, now_s: float) -> None:
        """Mark a namespace from which something is about to be deleted.

        Raises:
            StoreDown: It cannot be written down; nothing must be deleted.
        """
        row = self._store.db.execute(
            "SELECT since_s FROM purge WHERE namespace = ?", (namespace,)
        ).fetchone()
        # Marked already: no write for each of many deletes.
        if row is None or row[0] is None or row[0] > now_s:
            self._set(namespace, "since_s", now_s)

    def due(self, now_s: float, rewrite_after_s: float, keep_s: float) -> list[DuePurge]:
        """Return what is due, what waits longest first.

        Args:
            now_s: Unix time.
            rewrite_after_s: So long deletes are gathered, since a rewrite touches all documents.
            keep_s: So long readers may need the files of a version that is no longer the latest.
        """
        rows = self._store.db.execute(
            "SELECT namespace, since_s, begun_s, rewritten_s FROM purge"
        ).fetchall()
        found = []
        for namespace, since_s, begun_s, rewritten_s in rows:
            if begun_s is not None:
                # It was cut short.
                found.append(DuePurge(namespace, "rewrite", begun_s))
            elif since_s is not None and _over(since_s, rewrite_after_s, now_s):
                found.append(DuePurge(namespace, "rewrite", since_s))
            if rewritten_s is not None and _over(rewritten_s, keep_s, now_s):
                found.append(DuePurge(namespace, "remove", rewritten_s))
        return sorted(found, key=lambda due: due.since_s)

    def begin(self, namespace: str, since_s: float) -> None:
        """Note that a rewrite begins: what is deleted from now on waits for the next one."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE purge SET begun_s = ?, since_s = CASE WHEN since_s <= ? THEN NULL "
                "ELSE since_s END WHERE namespace = ?",
                (since_s, since_s, namespace),
            )

        self._store.write(work)

    def rewritten(self, namespace: str, now_s: float) -> None:
        """Note that a rewrite ended: the old files can go when no reader needs them."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE purge SET begun_s = NULL, rewritten_s = ? WHERE namespace = ?",
                (now_s, namespace),
            )

        self._store.write(work)

    def removed(self, namespace: str) -> None:
        """Note that the old files are gone."""
        self._set(namespace, "rewritten_s", None)

    def forget(self, namespace: str) -> None:
        """Drop the mark of a namespace that is no more."""
        self._store.write(
            lambda db: db.execute("DELETE FROM purge WHERE namespace = ?", (namespace,))
        )

    def waiting_since_s(self) -> float | None:
        """Return since when the oldest remains wait, None: there are none."""
        columns = "min(since_s), min(begun_s), min(rewritten_s)"
        row = self._store.db.execute(f"SELECT {columns} FROM purge").fetchone()
        return min((value for value in row if value is not None), default=None)

    def _set(
        self, namespace: str, column: Literal["since_s", "rewritten_s"], value: float | None
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute(
                f"INSERT INTO purge (namespace, {column}) VALUES (?, ?) ON CONFLICT (namespace) "
                f"DO UPDATE SET {column} = excluded.{column}",
                (namespace, value),
            )
            db.execute(
                "DELETE FROM purge WHERE since_s IS NULL AND begun_s IS NULL "
                "AND rewritten_s IS NULL"
            )

        self._store.write(work)


def _over(since_s: float, after_s: float, now_s: float) -> bool:
    """Whether so much time is over; a clock that went back does not put it off for ever."""
    return not since_s - 1 < now_s < since_s + after_s
