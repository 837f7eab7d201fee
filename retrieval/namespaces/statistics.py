"""What a namespace holds, in figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FieldType = Literal["number", "string", "boolean", "list", "time"]
MOST_DISTINCT = 1_000
"""Of the values of a field; more are not counted."""


@dataclass(frozen=True, slots=True)
class TypeStatistics:
    """One type of the values of a metadata field."""

    type: FieldType
    """A string that is a time counts as a time."""
    documents: int
    """That hold a value of it."""
    distinct: int
    """Different values, of lists their elements; ``MOST_DISTINCT`` and more are told as so many."""


@dataclass(frozen=True, slots=True)
class FieldStatistics:
    """A metadata field, by the types of its values."""

    name: str
    types: Sequence[TypeStatistics]


@dataclass(frozen=True, slots=True)
class IndexModels:
    """The models behind the vectors of an index."""

    text_model: str
    image_model: str
    text_dimension: int
    image_dimension: int
    precision: str


@dataclass(frozen=True, slots=True)
class NamespaceStatistics:
    """A namespace at one version."""

    version: int
    documents: int
    pictures: int
    """Documents with one."""
    passages: int
    """Parts of long texts that have vectors of their own, besides the first of each."""
    bytes: int
    """Of the files of this version, without indices."""
    looked_at: int
    """Documents that ``fields`` was counted over."""
    fields: Sequence[FieldStatistics]
    models: IndexModels | None
    """Behind the vectors; None where nobody has recorded them."""
