"""Idempotency-Keys: the same key with the same body is done once, and answered alike for a day.

Each key gets a seed when it first comes, from which the ids of its documents are made. A request
that is repeated after a kill or a deadline, when nobody knows how far it came, therefore writes
the same documents again instead of others. The answer is kept once there is one.
"""

import secrets
import sqlite3
from dataclasses import dataclass

from reliability.errors import KeyInUse, KeyReused, TooManyOnce
from storage.store import Store

TABLES = (
    """CREATE TABLE once (
      client TEXT, key TEXT, fingerprint BLOB NOT NULL, seed TEXT NOT NULL,
      began_s REAL NOT NULL, busy_until_s REAL NOT NULL, status INTEGER, answer BLOB,
      PRIMARY KEY (client, key)) WITHOUT ROWID""",
    "CREATE INDEX once_by_age ON once (began_s)",
    """CREATE TABLE once_size (
      client TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TRIGGER once_in AFTER INSERT ON once BEGIN
      INSERT INTO once_size VALUES (NEW.client, 400) ON CONFLICT (client)
      DO UPDATE SET bytes = bytes + 400; END""",
    """CREATE TRIGGER once_changed AFTER UPDATE OF answer ON once BEGIN
      UPDATE once_size SET bytes = bytes + coalesce(length(NEW.answer), 0)
        - coalesce(length(OLD.answer), 0) WHERE client = NEW.client; END""",
    """CREATE TRIGGER once_out AFTER DELETE ON once BEGIN
      UPDATE once_size SET bytes = bytes - 400 - coalesce(length(OLD.answer), 0)
        WHERE client = OLD.client; END""",
)
KEPT_S = 24 * 3600.0
MOST_CLIENT_BYTES = 64 * 1024 * 1024
"""Kept for one client; about 150,000 uploads of one document a day."""
MOST_BYTES = 512 * 1024 * 1024
"""Kept for all clients."""
MOST_ANSWER_BYTES = 4 * 1024 * 1024
SWEPT_AT_ONCE = 200
"""Old keys that one request sweeps away."""


@dataclass(frozen=True, slots=True)
class Once:
    """What is known of a key when its request comes.

    Args:
        seed: Of the ids of its documents.
        status: Of the answer that is kept, None: the request is to be served.
        answer: Its body.
    """

    seed: str
    status: int | None = None
    answer: bytes = b""


class OnceBook:
    """Keys of all clients, in a store's file."""

    def __init__(
        self,
        store: Store,
        most_client_bytes: int = MOST_CLIENT_BYTES,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._store = store
        self._most_client_bytes = most_client_bytes
        self._most_bytes = most_bytes

    def begin(self, client: str, key: str, fingerprint: bytes, busy_s: float, now_s: float) -> Once:
        """Claim a key for a request, or return the answer it had.

        Args:
            client: Whose key it is; another client's of the same name is another key.
            key: As it was sent.
            fingerprint: Of the request.
            busy_s: After so long without an outcome the request is given up, and may be repeated.
            now_s: Unix time.

        Raises:
            KeyReused: The key came with another request.
            KeyInUse: The same request still runs.
            TooManyOnce: The client, or all together, keep too much.
            StoreDown: It cannot be written down now.
        """

        def work(db: sqlite3.Connection) -> Once:
            _sweep(db, now_s)
            row = db.execute(
                "SELECT fingerprint, seed, busy_until_s, status, answer FROM once "
                "WHERE client = ? AND key = ? AND began_s > ?",
                (client, key, now_s - KEPT_S),
            ).fetchone()
            if row is None:
                return self._first(db, client, key, fingerprint, busy_s, now_s)
            known, seed, busy_until_s, status, answer = row
            if known != fingerprint:
                raise KeyReused(
                    "this Idempotency-Key was used with another request within the last 24 hours"
                )
            if status is not None:
                return Once(seed, status, answer)
            # A clock that went back must not keep it busy for ever.
            if now_s < busy_until_s <= now_s + 2 * busy_s + 3600:
                raise KeyInUse("a request with this Idempotency-Key still runs")
            db.execute(
                "UPDATE once SET busy_until_s = ? WHERE client = ? AND key = ?",
                (now_s + busy_s, client, key),
            )
            return Once(seed)

        return self._store.write(work)

    def finish(self, client: str, key: str, status: int, answer: bytes) -> None:
        """Keep the answer to a key's request; one that is too long is not kept."""
        if len(answer) > MOST_ANSWER_BYTES:
            self.release(client, key)
            return
        self._store.write(
            lambda db: db.execute(
                "UPDATE once SET status = ?, answer = ? WHERE client = ? AND key = ?",
                (status, answer, client, key),
            )
        )

    def release(self, client: str, key: str, forget: bool = False) -> None:
        """Let the same request be tried again; ``forget``: and another one with this key.

        Forget only what is known to have written nothing.
        """
        where = "WHERE client = ? AND key = ? AND status IS NULL"
        change = (
            f"DELETE FROM once {where}" if forget else f"UPDATE once SET busy_until_s = 0 {where}"
        )
        self._store.write(lambda db: db.execute(change, (client, key)))

    def _first(
        self,
        db: sqlite3.Connection,
        client: str,
        key: str,
        fingerprint: bytes,
        busy_s: float,
        now_s: float,
    ) -> Once:
        size = "SELECT bytes FROM once_size WHERE client = ?"
        own = db.execute(size, (client,)).fetchone()
        total = db.execute("SELECT sum(bytes) FROM once_size").fetchone()[0] or 0
        if (own and own[0] >= self._most_client_bytes) or total >= self._most_bytes:
            raise TooManyOnce("too many Idempotency-Keys of the last 24 hours are kept")
        seed = secrets.token_hex(16)
        row = (client, key, fingerprint, seed, now_s, now_s + busy_s)
        db.execute("DELETE FROM once WHERE client = ? AND key = ?", (client, key))
        db.execute("INSERT INTO once VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)", row)
        return Once(seed)


def _sweep(db: sqlite3.Connection, now_s: float) -> None:
    old = "SELECT client, key FROM once WHERE began_s <= ? ORDER BY began_s LIMIT ?"
    rows = db.execute(old, (now_s - KEPT_S, SWEPT_AT_ONCE)).fetchall()
    db.executemany("DELETE FROM once WHERE client = ? AND key = ?", rows)
