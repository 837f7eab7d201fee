"""Who wrote what: the documents, bytes and namespaces that count towards each key's quota.

A document counts to the key that wrote it last, its bytes as they are stored, a namespace to the
key that made it by writing into it first. A write is reserved before it is committed and settled
after, so that no two writes at once get the same room; what a kill leaves reserved is told from
the index at the next start (``claims``, ``ids``).
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reliability.errors import QuotaExceeded
from reliability.identity.issued_key import Quota
from storage.store import Store

TABLES = (
    """CREATE TABLE document (
      namespace TEXT, id TEXT, owner TEXT NOT NULL, bytes INTEGER NOT NULL,
      PRIMARY KEY (namespace, id)) WITHOUT ROWID""",
    "CREATE TABLE namespace (name TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE used (
      owner TEXT PRIMARY KEY, documents INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TRIGGER document_in AFTER INSERT ON document BEGIN
      INSERT INTO used VALUES (NEW.owner, 1, NEW.bytes) ON CONFLICT (owner)
      DO UPDATE SET documents = documents + 1, bytes = bytes + NEW.bytes; END""",
    """CREATE TRIGGER document_out AFTER DELETE ON document BEGIN
      UPDATE used SET documents = documents - 1, bytes = bytes - OLD.bytes
      WHERE owner = OLD.owner; END""",
    """CREATE TABLE reserved (
      write_id TEXT PRIMARY KEY, owner TEXT NOT NULL, namespace TEXT NOT NULL,
      documents INTEGER NOT NULL, bytes INTEGER NOT NULL,
      creates INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE claim (
      write_id TEXT, id TEXT, bytes INTEGER NOT NULL,
      PRIMARY KEY (write_id, id)) WITHOUT ROWID""",
)
DEFAULT_NAMESPACES = 1000
"""That a key may make where its quota does not say: writing creates, but not without end."""
_MANY = 500
"""Values in one statement."""


@dataclass(frozen=True, slots=True)
class Account:
    """A key that writes, and what it may hold."""

    owner: str
    """The client's name, such as ``key:<id>``."""
    quota: Quota = field(default_factory=Quota)

    @property
    def limits(self) -> dict[str, int | None]:
        """Return the limits in force by name."""
        most = self.quota.namespaces
        return {
            "documents": self.quota.documents,
            "bytes": self.quota.bytes,
            "namespaces": DEFAULT_NAMESPACES if most is None else most,
        }


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """What counts towards a key's quota now."""

    documents: int = 0
    bytes: int = 0
    namespaces: int = 0

    def by_name(self) -> dict[str, int]:
        """Return the three by name."""
        return {
            "documents": self.documents,
            "bytes": self.bytes,
            "namespaces": self.namespaces,
        }


@dataclass(frozen=True, slots=True)
class ReservedWrite:
    """A write that was reserved and not settled."""

    write_id: str
    namespace: str
    ids: Sequence[str]


class QuotaBook:
    """Counts in a store's file; nothing is kept in memory, so nothing can differ from it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def reserve(
        self,
        write_id: str,
        account: Account,
        namespace: str,
        sizes: Mapping[str, int],
        creates: bool,
    ) -> None:
        """Take room for a write before it is committed.

        Args:
            write_id: Of this write alone.
            account: Whose it is.
            namespace: Where it goes.
            sizes: Bytes of each document by id.
            creates: The namespace does not exist yet.

        Raises:
            QuotaExceeded: There is not that much room; nothing was reserved. A write that takes
                no more room than it gives back always fits.
            StoreDown: It cannot be written down now.
        """

        def work(db: sqlite3.Connection) -> None:
            own = _owned(db, account.owner, namespace, sizes)
            wanted = QuotaUsage(
                max(0, len(sizes) - len(own)),
                max(0, sum(sizes.values()) - sum(own.values())),
                int(creates and not _makes(db, account.owner, namespace)),
            )
            _check(account, _used(db, account.owner, reserved=True), wanted)
            row = (write_id, account.owner, namespace, wanted.documents, wanted.bytes, creates)
            db.execute("INSERT OR REPLACE INTO reserved VALUES (?, ?, ?, ?, ?, ?)", row)
            db.executemany(
                "INSERT OR REPLACE INTO claim VALUES (?, ?, ?)",
                [(write_id, id, size) for id, size in sizes.items()],
            )

        self._store.write(work)

    def settle(self, write_id: str, ids: Iterable[str] | None = None) -> None:
        """Count a reserved write that was committed; ``ids``: only these of it were."""

        def work(db: sqlite3.Connection) -> None:
            row = db.execute(
                "SELECT owner, namespace, creates FROM reserved WHERE write_id = ?", (write_id,)
            ).fetchone()
            if row is None:
                return
            owner, namespace, creates = row
            claimed = db.execute("SELECT id, bytes FROM claim WHERE write_id = ?", (write_id,))
            sizes = dict(claimed.fetchall())
            wanted = sizes if ids is None else {id: sizes[id] for id in ids if id in sizes}
            _forget(db, namespace, wanted)
            db.executemany(
                "INSERT INTO document VALUES (?, ?, ?, ?)",
                [(namespace, id, owner, size) for id, size in wanted.items()],
            )
            if creates and wanted:
                db.execute("INSERT OR IGNORE INTO namespace VALUES (?, ?)", (namespace, owner))
            _release(db, write_id)

        self._store.write(work)

    def release(self, write_id: str) -> None:
        """Give back the room of a write that was not committed."""
        self._store.write(lambda db: _release(db, write_id))

    def forget(self, namespace: str, ids: Sequence[str]) -> None:
        """Count documents no more: deleted, or written by somebody without a key."""
        if self._knows(namespace):
            self._store.write(lambda db: _forget(db, namespace, ids))

    def forget_namespace(self, namespace: str) -> None:
        """Count nothing of a namespace any more: it was dropped."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM document WHERE namespace = ?", (namespace,))
            db.execute("DELETE FROM namespace WHERE name = ?", (namespace,))

        self._store.write(work)

    def used(self, owner: str) -> QuotaUsage:
        """Return what counts towards a key's quota, without what is reserved."""
        return _used(self._store.db, owner, reserved=False)

    def claims(self) -> list[ReservedWrite]:
        """Return the writes that were reserved and not settled."""
        db = self._store.db
        rows = db.execute("SELECT write_id, namespace FROM reserved").fetchall()
        ids = "SELECT id FROM claim WHERE write_id = ?"
        return [
            ReservedWrite(write, namespace, [row[0] for row in db.execute(ids, (write,))])
            for write, namespace in rows
        ]

    def namespaces(self) -> set[str]:
        """Return the namespaces of which anything counts."""
        db = self._store.db
        rows = db.execute("SELECT namespace FROM document UNION SELECT name FROM namespace")
        return {row[0] for row in rows}

    def ids(self, namespace: str) -> list[str]:
        """Return the documents of a namespace that count to anybody."""
        query = "SELECT id FROM document WHERE namespace = ?"
        return [row[0] for row in self._store.db.execute(query, (namespace,))]

    def _knows(self, namespace: str) -> bool:
        query = "SELECT 1 FROM document WHERE namespace = ? LIMIT 1"
        return self._store.db.execute(query, (namespace,)).fetchone() is not None


def _check(account: Account, used: QuotaUsage, wanted: QuotaUsage) -> None:
    for name, limit in account.limits.items():
        more, now = wanted.by_name()[name], used.by_name()[name]
        if limit is not None and more > 0 and now + more > limit:
            raise QuotaExceeded(
                f"this API key may hold {limit} {name}: it holds {now}, this write needs {more}",
                {"quota": name, "limit": limit, "used": now, "needed": more},
            )


def _used(db: sqlite3.Connection, owner: str, reserved: bool) -> QuotaUsage:
    row = db.execute("SELECT documents, bytes FROM used WHERE owner = ?", (owner,)).fetchone()
    documents, size = row or (0, 0)
    made = db.execute("SELECT count(*) FROM namespace WHERE owner = ?", (owner,)).fetchone()[0]
    if reserved:
        sums = "SELECT sum(documents), sum(bytes) FROM reserved WHERE owner = ?"
        more = db.execute(sums, (owner,)).fetchone()
        making = (
            "SELECT count(DISTINCT namespace) FROM reserved WHERE owner = ? AND creates = 1 "
            "AND namespace NOT IN (SELECT name FROM namespace)"
        )
        documents, size = documents + (more[0] or 0), size + (more[1] or 0)
        made += db.execute(making, (owner,)).fetchone()[0]
    return QuotaUsage(documents, size, made)


def _makes(db: sqlite3.Connection, owner: str, namespace: str) -> bool:
    """Whether a key is making a namespace by another write already."""
    query = "SELECT 1 FROM reserved WHERE owner = ? AND namespace = ? AND creates = 1 LIMIT 1"
    return db.execute(query, (owner, namespace)).fetchone() is not None


def _owned(
    db: sqlite3.Connection, owner: str, namespace: str, ids: Iterable[str]
) -> dict[str, int]:
    """Return the bytes of those documents that count to a key already."""
    found: dict[str, int] = {}
    for some in _chunks(ids):
        marks = ",".join("?" * len(some))
        rows = db.execute(
            f"SELECT id, bytes FROM document WHERE namespace = ? AND owner = ? AND id IN ({marks})",
            (namespace, owner, *some),
        )
        found.update(rows.fetchall())
    return found


def _forget(db: sqlite3.Connection, namespace: str, ids: Iterable[str]) -> None:
    db.executemany(
        "DELETE FROM document WHERE namespace = ? AND id = ?", [(namespace, id) for id in ids]
    )


def _release(db: sqlite3.Connection, write_id: str) -> None:
    db.execute("DELETE FROM claim WHERE write_id = ?", (write_id,))
    db.execute("DELETE FROM reserved WHERE write_id = ?", (write_id,))


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    listed = list(values)
    return (listed[at : at + _MANY] for at in range(0, len(listed), _MANY))
