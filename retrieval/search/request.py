"""What is asked of an index, and what comes back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from retrieval.documents import Json, Modality, Source, Vector, check_namespace
from retrieval.errors import InvalidSearch
from retrieval.filtering.parse import Filter
from retrieval.search.facets import MOST_FACETS, MOST_VALUES, FacetCounts, FacetOrder
from retrieval.search.fusion import Fusion
from retrieval.search.groups import MOST_OF_A_GROUP, GroupBy
from retrieval.search.order import MOST_KEYS, SortKey
from retrieval.words.settings import NOTHING_APPLIED, AppliedSettings

Mode = Literal["hybrid", "semantic", "keyword", "filter"]
"""``filter``: there is no query; documents that the filter takes, by ``sort`` or by their ids."""

CANDIDATES = 200
"""How deep every leg goes, whatever page is asked for: pages are slices of one list."""

MAX_LIMIT = 1000

MOST_LIKED = 100
"""Documents that one search is like or unlike."""


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
    min_relevance: float | None = None
    """Only hits of this relevance and more."""
    prefix: bool = False
    """The last word is the beginning of one."""
    typos: bool = False
    """Take words that no document has for those that few changes make of them."""
    known: tuple[str, ...] = ()
    """Words of the query that are spelt right whatever the namespace has: another one has them."""
    like: tuple[str, ...] = ()
    """Ids of documents whose vectors are the query; they are not found themselves."""
    unlike: tuple[str, ...] = ()
    """Ids of documents to lead away from."""
    sort: tuple[SortKey, ...] = ()
    """Instead of by score; with a query what it found is sorted."""
    min_score: float | None = None
    """Only hits of this score and more."""
    diversity: float = 0.0
    """How much hits are to differ from those before them, up to 1; see ``search.diversity``."""
    group_by: GroupBy | None = None
    """Only the first of each group, in the order of the list."""
    facets: tuple[FacetOrder, ...] = ()
    """Counted over all that the filter takes, with a query too."""
    fields: tuple[str, ...] | None = None
    """The metadata that hits come back with, None for all."""

    def __post_init__(self) -> None:
        check_namespace(self.namespace)
        if self.mode not in get_args(Mode):
            raise InvalidSearch(f"mode is one of {get_args(Mode)}: {self.mode!r}", "mode")
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidSearch(f"limit lies in 1..{MAX_LIMIT}: {self.limit}", "limit")
        if self.min_relevance is not None and not 0 <= self.min_relevance <= 1:
            raise InvalidSearch(f"relevance lies in 0..1: {self.min_relevance}", "min_relevance")
        if self.offset < 0:
            raise InvalidSearch(f"offset is not negative: {self.offset}", "offset")
        if not (math.isfinite(self.recency_half_life_s) and self.recency_half_life_s > 0):
            raise InvalidSearch(
                f"a half-life is above 0: {self.recency_half_life_s}", "recency_half_life_s"
            )
        if len(self.sort) > MOST_KEYS:
            raise InvalidSearch(f"at most {MOST_KEYS} fields to sort by: {len(self.sort)}", "sort")
        if len(self.facets) > MOST_FACETS:
            raise InvalidSearch(f"at most {MOST_FACETS} facets: {len(self.facets)}", "facets")
        for order in self.facets:
            if not 1 <= order.limit <= MOST_VALUES:
                raise InvalidSearch(f"a facet's limit lies in 1..{MOST_VALUES}", order.where)
        if self.group_by is not None and not 1 <= self.group_by.limit <= MOST_OF_A_GROUP:
            raise InvalidSearch(
                f"a group's limit lies in 1..{MOST_OF_A_GROUP}: {self.group_by.limit}", "group_by"
            )
        if self.like or self.unlike:
            self._check_likeness()
        if self.diversity:
            self._check_diversity()
        if self.mode == "filter":
            self._check_without_query()
        elif self.min_score is not None:
            self._check_score(self.min_score)

    def _check_likeness(self) -> None:
        if not self.like:
            raise InvalidSearch("unlike needs a like: away from something leads anywhere", "unlike")
        if self.mode != "semantic":
            raise InvalidSearch("likeness is of meaning: mode semantic", "mode")
        if len(self.like) + len(self.unlike) > MOST_LIKED:
            raise InvalidSearch(f"at most {MOST_LIKED} documents in like and unlike", "like")

    def _check_diversity(self) -> None:
        if not 0 <= self.diversity <= 1:
            raise InvalidSearch(f"diversity lies in 0..1: {self.diversity}", "diversity")
        if self.mode == "filter":
            raise InvalidSearch("without a query there is no order to change", "diversity")
        if self.sort:
            raise InvalidSearch("a list is sorted or diverse, not both", "diversity")

    def _check_without_query(self) -> None:
        queries = (self.query_text, self.text_query_vector, self.image_query_vector)
        if any(query is not None for query in queries):
            raise InvalidSearch("mode filter has no query", "mode")
        if self.prefer_recent:
            raise InvalidSearch(
                "without a query there are no scores to change: sort by created_at", "prefer_recent"
            )
        if self.min_relevance is not None:
            raise InvalidSearch("without a query nothing is relevant to it", "min_relevance")
        if self.min_score is not None:
            raise InvalidSearch("without a query there are no scores to cut by", "min_score")

    def _check_score(self, least: float) -> None:
        if not 0 <= least <= 1:
            raise InvalidSearch(f"scores lie in 0..1: {least}", "min_score")
        if self.fusion.method == "rrf":
            raise InvalidSearch(
                "scores by reciprocal ranks say nothing of how good a hit is: min_score needs "
                "fusion weighted",
                "min_score",
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
    relevance: float | None = None
    """The chance that it stands out of what the namespace holds; None where nothing tells."""
    highlights: tuple[tuple[int, int], ...] = ()
    """Where the query's words stand in the passage, in code points of the text."""
    pinned: bool = False
    """It stands first because the namespace's settings say so."""


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
    corrected: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Words of the query that no document has, and the words they were taken for."""
    facets: tuple[FacetCounts, ...] = ()
    """In the order asked for."""
    floor: float = 0.0
    """The semantic score of a document that has nothing to do with the query."""
    unknown: Sequence[str] | None = None
    """Words of the query that no document has; None where nobody looked."""
    applied: AppliedSettings = NOTHING_APPLIED
    """What the namespace's settings did to the query."""
    lacking: Sequence[str] = ()
    """Vector legs that were asked for and of which the namespace has no vector."""
