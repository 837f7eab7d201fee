"""What was found out about namespaces, each at its latest edition only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from retrieval.store.schema import Edition

Value = TypeVar("Value")


class LatestOnly(Generic[Value]):
    """Remembers one value for each namespace, found out anew for another edition.

    Args:
        most: So many namespaces are remembered; the one not asked for longest goes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[str, tuple[Edition, Value]] = OrderedDict()

    async def get(
        self, namespace: str, edition: Edition, find_out: Callable[[], Awaitable[Value]]
    ) -> Value:
        """Return the value at ``edition``."""
        known = self._known.get(namespace)
        if known is None or known[0] != edition:
            known = self._known[namespace] = (edition, await find_out())
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        self._known.move_to_end(namespace)
        return known[1]
