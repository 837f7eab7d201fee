"""What is asked of an index, and what comes back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from retrieval.documents import Json, Modality, Source, Vector, check_namespace
from retrieval.errors import InvalidSearch
from retrieval.filtering.parse import Filter
from retrieval.search.fusion import Fusion

Mode = Literal["hybrid", "semantic", "keyword"]

CANDIDATES = 200
"""How deep every leg goes, whatever page is asked for: pages are slices of one list."""

MAX_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query in up to three forms: words, a vector for texts, a vector for pictures.

    A leg whose form is missing is not searched. ``recency_half_life_s`` counts
    only with ``prefer_recent``.
    """

    namespace: str
    query_text: str | None = None
    text_query_vector: Vector | None = None
    image_query_vector: Vector | None = None
    mode: Mode = "hybrid"
    limit: int = 10
    offset: int = 0
    fusion: Fusion = field(default_factory=Fusion)
    filter: Filter | None = None
    prefer_recent: bool = False
    recency_half_life_s: float = 86_400.0
    made_by: str = ""
    """Tag of the models behind the query vectors, as in ``EncodeReply``."""
    highlight: bool = False
    """Say where the query's words stand in what was found."""

    def __post_init__(self) -> None:
        check_namespace(self.namespace)
        if self.mode not in get_args(Mode):
            raise InvalidSearch(f"mode is hybrid, semantic or keyword: {self.mode!r}", "mode")
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidSearch(f"limit lies in 1..{MAX_LIMIT}: {self.limit}", "limit")
        if self.offset < 0:
            raise InvalidSearch(f"offset is not negative: {self.offset}", "offset")
        if not (math.isfinite(self.recency_half_life_s) and self.recency_half_life_s > 0):
            raise InvalidSearch(
                f"a half-life is above 0: {self.recency_half_life_s}", "recency_half_life_s"
            )


@dataclass(frozen=True, slots=True)
class LegScore:
    """Where one leg put a document. ``calibrated`` equals ``raw`` in the keyword leg."""

    raw: float
    calibrated: float
    rank: int


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """The part of a document's text that was found; all of a text that is read at once."""

    start: int
    """In code points of the text."""
    end: int
    score: float | None
    """Its cosine with the query; None where its meaning was not compared."""
    page: int | None = None
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A found document.

    ``score`` is the fused score. ``semantic_score`` is in sigmas above the best
    noise (see ``calibration``), ``keyword_score`` is BM25; each is None, like its
    rank, where that leg did not find the document. ``explain`` maps ``text_vector``,
    ``image_vector`` and ``keyword`` to what that leg said; a leg's raw score is a
    cosine for the vectors.
    """

    id: str
    score: float
    semantic_score: float | None
    keyword_score: float | None
    semantic_rank: int | None
    keyword_rank: int | None
    text: str | None
    modality: Modality
    source: Source
    metadata: dict[str, Json]
    created_at: datetime
    explain: dict[str, LegScore]
    passage: FoundPassage | None = None
    """None without a text, and for a long text in which neither meaning nor words tell a part."""
    highlights: tuple[tuple[int, int], ...] = ()
    """Where the query's words stand in the passage, in code points of the text."""


@dataclass(frozen=True, slots=True)
class SearchWarning:
    """Something of a search that was left out or not understood."""

    code: str
    message: str
    where: str
    """The place in the request."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page. ``total_candidates`` is the length of the list it was cut from."""

    hits: list[SearchHit]
    total_candidates: int
    index_version: int
    took_ms: float
    legs_s: dict[str, float] = field(default_factory=dict)
    """What each leg took; they run side by side."""
    warnings: tuple[SearchWarning, ...] = ()
