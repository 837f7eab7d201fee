"""What a request's one log line tells, gathered while the request runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_notes: ContextVar[dict[str, Any] | None] = ContextVar("request_notes", default=None)


@contextmanager
def gathered_fields() -> Iterator[dict[str, Any]]:
    """Gather what is noted inside."""
    notes: dict[str, Any] = {}
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def add_fields(**fields: Any) -> None:
    """Put fields on the request's line; a later value replaces an earlier one."""
    notes = _notes.get()
    if notes is not None:
        notes.update(fields)


def add_amounts(**amounts: float) -> None:
    """Add to fields of the request's line: one request may encode twice."""
    notes = _notes.get()
    if notes is not None:
        for name, amount in amounts.items():
            notes[name] = notes.get(name, 0) + amount
