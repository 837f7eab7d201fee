"""Whose request a piece of work belongs to, from the door down to the last replica.

Context variables cross neither executors nor processes: `deployments.calls.call` sends the
context along with every call, and `deployments.replica.observed` enters it on the other side.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallContext:
    """What is known of a request before it is served."""

    request_id: str
    traceparent: str
    """W3C trace context; the parent is the caller's span."""
    endpoint: str
    """The route's template, such as ``/documents/{document_id}``."""
    client: str
    """A short hash of the client's name; never a key."""


_current: ContextVar[CallContext | None] = ContextVar("call_context", default=None)


def current() -> CallContext | None:
    """Return the context of the work that runs now, None outside of any request."""
    return _current.get()


@contextmanager
def entered(context: CallContext | None) -> Iterator[None]:
    """Make everything inside belong to a request."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
