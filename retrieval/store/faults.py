"""What the storage under an index does wrong, in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from retrieval.errors import RetrievalError, StorageFailed, StorageFull
from retrieval.store.connection import is_gone

_FULL = ("os error 28", "os error 122", "no space left", "quota", "storagefull")
"""ENOSPC, EDQUOT, and how object storages say it."""
_FAILED = ("lanceerror(io)", "objectstore", "os error")


@contextmanager
def faults_told() -> Iterator[None]:
    """Raise what the storage did wrong as an error with a code; others pass through.

    Raises:
        StorageFull: There is no room left.
        StorageFailed: Another fault of the disk, or of the way to it.
    """
    try:
        yield
    except RetrievalError:
        raise
    except (OSError, RuntimeError) as error:
        fault = fault_of(error)
        if fault is None:
            raise
        raise fault from error


def fault_of(error: Exception) -> StorageFailed | None:
    """Return the fault of the storage that an error tells of, None if it is none."""
    text = str(error).lower()
    if any(sign in text for sign in _FULL):
        return StorageFull("there is no room left for the index; nothing was written")
    if is_gone(error):
        return None
    if isinstance(error, OSError) or any(sign in text for sign in _FAILED):
        return StorageFailed("the storage of the index fails; try again")
    return None
