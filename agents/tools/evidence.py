"""What tools yield: documents with scores, combinations of them, counts and cited sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retrieval.documents import Json

MAX_TEXT_CHARACTERS = 2000
"""A document's text is cut here when it becomes evidence: states travel between replicas."""


@dataclass(frozen=True, slots=True)
class Doc:
    """A document as evidence. ``title`` is what the index calls it, None where it has no title."""

    id: str
    text: str
    title: str | None
    modality: str
    source: str
    metadata: Mapping[str, Json]
    created_at: str

    @property
    def words(self) -> str:
        """Title and text, the title not twice."""
        if not self.title or self.title in self.text:
            return self.text
        return f"{self.title}. {self.text}"


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """A document id with a score; larger is better."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class DocSet:
    """Documents, best first, ids unique."""

    hits: tuple[ScoredDocument, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, best first."""
        return tuple(hit.id for hit in self.hits)


@dataclass(frozen=True, slots=True)
class Group:
    """One combination or partition.

    ``members`` are (label, document id): for a combination one per item of the goal,
    in the goal's order; for a partition all of one value. ``shared`` holds the values
    that the relations were decided by, such as ``{"colour": "red"}``.
    """

    members: tuple[tuple[str, str], ...]
    score: float
    shared: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups, best first."""

    groups: tuple[Group, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The members' ids in the order of the groups, each once."""
        return tuple(dict.fromkeys(id for group in self.groups for _, id in group.members))


@dataclass(frozen=True, slots=True)
class Facets:
    """How often each value of a field occurs, most frequent first."""

    field: str
    counts: tuple[tuple[str, int], ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over documents: a count, an average, a total, an extreme, or the values there are.

    Args:
        op: What was asked for.
        field: Of it; None for a count of documents.
        value: The figure; None where there is none, and for values.
        values: Each value of the field with how many documents have it, by value.
        counted: Documents that it is over.
        skipped: Documents that fit, but have no such value in the field.
        ids: Some of the documents: for an extreme, those that have it.
        whole: Every document of the index was looked at.
    """

    op: str
    field: str | None
    value: float | None
    values: tuple[tuple[str, int], ...] = ()
    counted: int = 0
    skipped: int = 0
    ids: tuple[str, ...] = ()
    whole: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the figure in the shape of the HTTP contract."""
        return {
            "op": self.op,
            "field": self.field,
            "value": self.value,
            "values": [{"value": value, "count": count} for value, count in self.values],
            "counted": self.counted,
            "skipped": self.skipped,
            "whole": self.whole,
        }


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence quoted from a document."""

    document_id: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Text:
    """Quoted sentences; nothing is written that no document says."""

    sentences: tuple[Sentence, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The cited documents, each once."""
        return tuple(dict.fromkeys(sentence.document_id for sentence in self.sentences))

    @property
    def prose(self) -> str:
        """The sentences with their citations in brackets."""
        return " ".join(f"{s.text} [{s.document_id}]" for s in self.sentences)


Output = DocSet | Groups | Facets | Figure | Text


def type_of(output: Output) -> str:
    """Return the registry's name of an output's type."""
    return type(output).__name__
