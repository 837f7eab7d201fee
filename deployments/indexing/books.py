"""The writer's books in one file, and their refusals as answers."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.errors import BadRequest, Conflict, Forbidden, RateLimited, Unavailable
from reliability.books.once import TABLES as ONCE_TABLES
from reliability.books.once import OnceBook
from reliability.books.purge import TABLES as PURGE_TABLES
from reliability.books.purge import PurgeBook
from reliability.books.quota import TABLES as QUOTA_TABLES
from reliability.books.quota import QuotaBook
from reliability.errors import (
    AuditError,
    IdempotencyError,
    KeyInUse,
    QuotaExceeded,
    TooManyOnce,
)
from retrieval.documents import Document
from storage.errors import StorageError
from storage.schema import Schema
from storage.store import Store
from telemetry.logs import get_logger

log = get_logger()

BOOKS_WAIT_S = 0.1
"""For another process' lock on the books: the writer's event loop must not stand still."""


def _make_tables(db: sqlite3.Connection) -> str:
    for statement in (*QUOTA_TABLES, *ONCE_TABLES, *PURGE_TABLES):
        db.execute(statement)
    return ""


SCHEMA = Schema("clients' books", 0x62576362, (_make_tables,))


@dataclass(frozen=True, slots=True)
class Books:
    """What is known of clients: their quotas, their repeated writes, what is to be purged."""

    store: Store
    quotas: QuotaBook
    once: OnceBook
    purges: PurgeBook

    @classmethod
    def open(cls, file: Path) -> "Books":
        """Open the file, or make it."""
        store = Store(file, SCHEMA, busy_s=BOOKS_WAIT_S)
        return cls(store, QuotaBook(store), OnceBook(store), PurgeBook(store))


def bytes_of(document: Document) -> int:
    """Return what a document counts: its text, metadata and picture as they are stored."""
    text = 0 if document.text is None else len(document.text.encode())
    metadata = len(json.dumps(document.metadata, ensure_ascii=False).encode())
    return text + metadata + len(document.picture or b"")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the books' errors into answers."""
    try:
        yield
    except QuotaExceeded as error:
        raise Forbidden(str(error), error.code, dict(error.details)) from None
    except KeyInUse as error:
        raise Conflict(str(error), error.code, HEADER_PLACE) from None
    except TooManyOnce as error:
        raise RateLimited(str(error), error.code, HEADER_PLACE, 3600) from None
    except IdempotencyError as error:
        raise BadRequest(str(error), error.code, HEADER_PLACE) from None
    except AuditError as error:
        log.error("audit.not_written", error=str(error))
        raise Unavailable("this act cannot be recorded right now", error.code) from None
    except StorageError as error:
        log.error("books.unavailable", error=str(error))
        raise Unavailable("the writer's books cannot be used right now") from None


HEADER_PLACE = {"where": "header.idempotency-key"}
