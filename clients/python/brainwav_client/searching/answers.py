"""What a search answers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from brainwav_client.answers import Answer, Part, Warned, frame_of
from brainwav_client.searching.facets import FacetCounts


class PlaceInText(Part):
    """From ``start`` up to ``end``: indices of the document's text."""

    start: int
    end: int


class PassageOfHit(PlaceInText):
    """The part of a text that was found; all of a text that is short."""

    text: str
    score: float | None = None
    """Its cosine with the query; None where only words were compared."""
    page: int | None = None
    heading: str | None = None


class Hit(Part):
    """One result; the scores are of this query only."""

    id: str
    namespace: str = ""
    """Where it lies; empty where an older service does not say."""
    score: float
    relevance: float | None = None
    semantic_score: float | None = None
    keyword_score: float | None = None
    semantic_rank: int | None = None
    keyword_rank: int | None = None
    text: str | None = None
    truncated: bool = False
    """The end of ``text`` was left out."""
    passage: PassageOfHit | None = None
    highlights: tuple[PlaceInText, ...] = ()
    """The query's words in the passage."""
    modality: Literal["TEXT", "IMAGE"]
    source: Literal["STM", "LTM"]
    metadata: Mapping[str, Any]
    created_at: datetime
    image_url: str | None = None
    pinned: bool = False
    """The namespace's settings put it first."""
    explain: Mapping[str, Any] | None = None
    explanation: str | None = None
    """The same in a sentence."""


class SettingsEffect(Part):
    """What a namespace's settings did to a query."""

    synonyms: Mapping[str, tuple[str, ...]]
    stop_words: tuple[str, ...]
    pinned: tuple[str, ...]


class SearchAnswer(Answer):
    """Results, best first."""

    results: tuple[Hit, ...]
    total_candidates: int
    took_ms: float
    index_version: int
    """Of several namespaces the highest."""
    index_versions: Mapping[str, int] = {}
    """By namespace, where several were searched."""
    corrected: Mapping[str, tuple[str, ...]] = {}
    settings_applied: SettingsEffect | None = None
    """None where the namespace's settings did nothing."""
    facets: tuple[FacetCounts, ...] = ()
    """Where they were asked for, in that order."""
    warnings: tuple[Warned, ...] = ()

    def __iter__(self) -> Iterator[Hit]:  # type: ignore[override]
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`, a row a hit; metadata become columns `metadata.…`."""
        return frame_of([hit.model_dump() for hit in self.results], tuple(Hit.model_fields))


class RefusedSearch(Part):
    """Why one search of several has no answer."""

    code: str
    message: str
    details: Mapping[str, Any] = {}


class AnsweredSearch(Part):
    """What came of one search of several: an answer or an error."""

    status: int
    """That it would have had by itself."""
    answer: SearchAnswer | None = None
    error: RefusedSearch | None = None


class SearchBatchAnswer(Answer):
    """Of several searches, in their order."""

    answers: tuple[AnsweredSearch, ...]
    failed: int

    def __iter__(self) -> Iterator[AnsweredSearch]:  # type: ignore[override]
        return iter(self.answers)
