"""The index on disk or object storage: one writer, any number of readers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval.store.fingerprint import Fingerprint
    from retrieval.store.reading.reader import IndexReader
    from retrieval.store.write_result import WriteResult
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
    "write_result",
)

_PLACES = {
    "Fingerprint": "retrieval.store.fingerprint",
    "IndexReader": "retrieval.store.reading.reader",
    "IndexStore": "retrieval.store.writing.writer",
    "WriteResult": "retrieval.store.write_result",
}


def __getattr__(name: str) -> Any:
    # On demand: who asks for a fingerprint, as an Embedder does, opens no index, and LanceDB takes
    # 0.6 s of CPU time and 30 MiB of each process that has it.
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
