"""Completing a query while it is being typed."""

from collections.abc import Iterator
from typing import Literal

from brainwav_client.answers import Answer, Part, Warned, read
from brainwav_client.exchange import Operation, Request


class Suggestion(Part):
    """A query that finds something."""

    text: str
    kind: Literal["word", "value"] | str
    """The last word completed, or a value of a metadata field."""
    documents: int
    field: str | None = None


class Suggestions(Answer):
    """What a query may become, the best first."""

    suggestions: tuple[Suggestion, ...]
    index_version: int
    warnings: tuple[Warned, ...] = ()

    def __iter__(self) -> Iterator[Suggestion]:  # type: ignore[override]
        return iter(self.suggestions)


def suggest(query: str, *, namespace: str = "default", limit: int = 5) -> Operation[Suggestions]:
    """Complete a query from the words and the values of a namespace, as it is typed."""
    told = {"query": query, "namespace": namespace, "limit": str(limit)}
    reply = yield Request("GET", "/suggest", params=told)
    return read(Suggestions, reply)
