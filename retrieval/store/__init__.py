"""The index on disk or object storage: one writer, any number of readers."""

from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reading.reader import IndexReader
from retrieval.store.writing.removing import WriteResult
from retrieval.store.writing.writer import IndexStore

__all__ = ["Fingerprint", "IndexReader", "IndexStore", "WriteResult"]

DOORS = (
    "connection",
    "copying",
    "cut",
    "entries",
    "fingerprint",
    "migrations",
    "schema",
    "settings_table",
)
