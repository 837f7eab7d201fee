"""What a query that is being typed may become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MOST_SUGGESTED = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A query that finds something."""

    text: str
    kind: Literal["word", "value"]
    """The last word completed from the texts' words, or a value of a metadata field."""
    documents: int
    """That have the word or the value."""
    field: str | None = None
    """Of a value."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What was found in one version of a namespace."""

    found: Sequence[Suggestion]
    version: int
    is_held: bool
    """The namespace is in memory; where it is not nothing was looked for."""
    is_cut: bool = False
    """Not all values were looked through."""
