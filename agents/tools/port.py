"""The port to the index: what tools need from the rest of the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agents.lexicon.vocabulary import Vocabulary
from agents.tools.evidence import Doc

QueryMode = Literal["keyword", "semantic", "hybrid", "image"]
"""``image`` searches pictures only; the others are those of ``/search``."""


@dataclass(frozen=True, slots=True)
class Query:
    """One search. Exactly one of ``text``, ``document_id`` (its picture) and ``picture`` is set.

    ``filter`` is the JSON of the HTTP contract; ``picture`` is a picture file. Artifacts
    (remembered plans) are found only by a filter that asks for them.
    """

    mode: QueryMode
    text: str | None = None
    document_id: str | None = None
    picture: bytes | None = None
    filter: Mapping[str, Any] | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True)
class VersionedHits:
    """Hits, best first, with the index version they were read at."""

    hits: tuple[tuple[Doc, float], ...]
    index_version: int


class Toolbox(Protocol):
    """One namespace of the index, read only.

    Refusals are ``ToolFailed`` or the retrieval package's own errors; both fail the
    step that asked. Everything else (a lost replica) may be raised and fails the branch.
    """

    async def search(self, query: Query) -> VersionedHits:
        """Search; an unknown namespace has no hits."""
        ...

    async def fetch(self, ids: Sequence[str]) -> Sequence[Doc]:
        """Read documents by id, in that order; those that do not exist are left out."""
        ...

    async def vocabulary(self) -> Vocabulary:
        """Return what the index calls its documents and which metadata they carry.

        Cached per index version; the cost of building it is not the plan's.
        """
        ...
