"""Bodies of `/search`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from api.schemas.base import (
    BASE64,
    MOST_NUMBERS,
    MOST_OFFSET,
    NAMESPACE,
    WORDS,
    Numbers,
    StrictBody,
    Warned,
    described_by,
    given,
)
from api.schemas.members.facets import FacetIn, FacetOut
from retrieval.characters import has_visible
from retrieval.filtering.fields import MAX_COLUMNS
from retrieval.filtering.parse import MAX_FIELD_CHARACTERS
from retrieval.search.facets import MOST_FACETS
from retrieval.search.groups import MOST_OF_A_GROUP
from retrieval.search.order import MOST_KEYS
from retrieval.search.request import MOST_LIKED


class FusionIn(StrictBody):
    """How the keyword and the semantic side become one score."""

    method: Literal["weighted", "rrf"] = "weighted"
    semantic_weight: float = Field(default=0.6, ge=0, le=1)
    keyword_weight: float = Field(default=0.4, ge=0, le=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "FusionIn":
        total = self.semantic_weight + self.keyword_weight
        if abs(total - 1.0) > 1e-6:
            raise ValueError(
                f"semantic_weight {self.semantic_weight} and keyword_weight "
                f"{self.keyword_weight} sum to {total:g}, not 1"
            )
        return self


class SortIn(StrictBody):
    """A field that documents are sorted by."""

    field: str = Field(
        min_length=1,
        max_length=MAX_FIELD_CHARACTERS,
        description="Of the metadata, or `id`, `created_at`, `modality`, `source`",
    )
    order: Literal["asc", "desc"] = "asc"
    missing: Literal["first", "last"] = Field(
        default="last", description="Where documents without a value stand, in either order"
    )


class GroupIn(StrictBody):
    """A field whose values are groups; documents without one are a group of their own."""

    field: str = Field(min_length=1, max_length=MAX_FIELD_CHARACTERS)
    limit: int = Field(default=1, ge=1, le=MOST_OF_A_GROUP, description="Of results in a group")


class SearchIn(StrictBody):
    """`POST /search`: a query, or without one a filter, a sort or facets."""

    model_config = ConfigDict(
        json_schema_extra={
            **given(
                query=WORDS,
                image_base64=BASE64,
                vector={
                    "type": "array",
                    "items": {"type": "number"},
                    "minItems": 1,
                    "maxItems": MOST_NUMBERS,
                },
                filter={"not": {"type": "null"}},
                like={"type": "array", "minItems": 1, "items": {}},
                sort={"type": "array", "minItems": 1, "items": {}},
                facets={"type": "array", "minItems": 1, "items": {}},
            ),
            "examples": [
                {
                    "query": "a striped red mug",
                    "namespace": "demo",
                    "filter": {"field": "modality", "op": "eq", "value": "TEXT"},
                },
                {
                    "namespace": "demo",
                    "sort": [{"field": "created_at", "order": "desc"}],
                    "facets": [{"field": "source"}],
                    "limit": 20,
                },
            ],
        }
    )

    query: str | None = None
    image_base64: str | None = None
    vector: Numbers | None = Field(default=None, min_length=1, max_length=MOST_NUMBERS)
    vector_space: Literal["joint", "text"] = "joint"
    namespace: str = Field(default="default", json_schema_extra=NAMESPACE)
    mode: Literal["hybrid", "semantic", "keyword"] = "hybrid"
    limit: int = Field(default=10, ge=1)
    offset: int = Field(default=0, ge=0, le=MOST_OFFSET)
    fusion: FusionIn = Field(default_factory=FusionIn)
    like: list[str] = Field(
        default_factory=list,
        max_length=MOST_LIKED,
        description="Ids of documents instead of a query; they are not among the results",
    )
    unlike: list[str] = Field(
        default_factory=list, max_length=MOST_LIKED, description="Ids to lead away from"
    )
    filter: Annotated[dict[str, Any], WithJsonSchema(described_by("Filter"))] | None = None
    prefer_recent: bool = False
    recency_half_life_s: float = Field(default=86_400, gt=0)
    prefix: bool = Field(
        default=False,
        description="Take the last word for the beginning of one, as while it is being typed",
    )
    typos: bool = Field(
        default=True,
        description="Take words that no document has for those that one change makes of them, two "
        "from eight letters on",
    )
    explain: bool = False
    sort: list[SortIn] = Field(
        default_factory=list,
        max_length=MOST_KEYS,
        description="Instead of by score; with a query what it found is sorted. The id decides "
        "where all fields agree",
    )
    min_relevance: float | None = Field(
        default=None, ge=0, le=1, description="Leave out hits of less `relevance`"
    )
    min_score: float | None = Field(
        default=None, ge=0, le=1, description="Only results of this `score` and more"
    )
    group_by: GroupIn | None = Field(
        default=None, description="Only the first results of each value of a field"
    )
    facets: list[FacetIn] = Field(
        default_factory=list,
        max_length=MOST_FACETS,
        description="Counted over all that the filter takes, with a query too",
    )
    fields: list[str] | None = Field(
        default=None,
        max_length=MAX_COLUMNS,
        description="The metadata that results come back with; all where it is left out",
    )

    @property
    def has_query(self) -> bool:
        """Whether there are words, a picture, a vector or documents to search by."""
        return bool(self.query is not None or self.image_base64 or self.vector or self.like)

    @model_validator(mode="after")
    def _something_to_search_by(self) -> "SearchIn":
        has_text = self.query is not None and has_visible(self.query)
        if self.query is not None and not has_text:
            raise ValueError("query is empty: it has no visible character")
        if self.unlike and not self.like:
            raise ValueError("unlike needs a like: away from something leads anywhere")
        if self.like:
            self._check_likeness()
        if not self.has_query:
            return self._check_without_query()
        if self.min_score is not None and self.fusion.method == "rrf":
            raise ValueError(
                "min_score needs fusion weighted: scores by reciprocal ranks say nothing of how "
                "good a result is"
            )
        if self.vector and ((has_text and self.mode == "semantic") or self.image_base64):
            raise ValueError("a vector replaces the encoded query: give it alone or with a text")
        if self.mode == "keyword" and not has_text:
            raise ValueError("mode keyword needs a query")
        return self

    def _check_likeness(self) -> None:
        if self.query is not None or self.image_base64 or self.vector:
            raise ValueError("like stands instead of a query, an image_base64 or a vector")
        if self.mode == "keyword":
            raise ValueError("mode keyword needs a query")
        if len(self.like) + len(self.unlike) > MOST_LIKED:
            raise ValueError(f"like and unlike name at most {MOST_LIKED} documents")

    def _check_without_query(self) -> "SearchIn":
        if self.mode == "keyword":
            raise ValueError("mode keyword needs a query")
        if self.filter is None and not self.sort and not self.facets:
            raise ValueError(
                "give a query, an image_base64 or a vector; or like, a filter, a sort or facets"
            )
        if self.mode == "semantic":
            raise ValueError("mode semantic needs a query")
        if self.min_relevance is not None:
            raise ValueError("min_relevance needs a query: without one nothing is relevant to it")
        if self.min_score is not None:
            raise ValueError("min_score needs a query: without one there are no scores")
        if self.prefer_recent:
            raise ValueError("prefer_recent needs a query: without one sort by created_at")
        return self


class PassageOut(BaseModel):
    """The part of a hit's text whose meaning was found; all of a text that is read at once."""

    text: str
    start: int = Field(description="In Unicode code points of the document's text")
    end: int
    score: float | None = Field(
        description="Its cosine with the query; null where only words were compared"
    )
    page: int | None = Field(default=None, description="Of the file; absent where it has none")
    heading: str | None = Field(default=None, description="That it stands under, or absent")


class HighlightOut(BaseModel):
    """Where a word of the query stands, in Unicode code points of the document's text."""

    start: int
    end: int


class SearchHitOut(BaseModel):
    """One result; the scores are of this query only."""

    id: str
    score: float = Field(description="1 for each that a filter alone found")
    relevance: float | None = Field(
        description="The chance that it stands out of what the namespace holds on any question, "
        "0 to 1; null where nothing tells it"
    )
    semantic_score: float | None
    keyword_score: float | None
    semantic_rank: int | None
    keyword_rank: int | None
    text: str | None
    truncated: bool = Field(
        description="The end of `text` was left out; `passage` and `GET /documents/{id}` are whole"
    )
    passage: PassageOut | None = Field(
        description="null without a text, and for a long one of which no part is told"
    )
    highlights: list[HighlightOut] = Field(description="Of the query's words in the passage")
    modality: Literal["TEXT", "IMAGE"]
    source: Literal["STM", "LTM"]
    metadata: dict[str, Any]
    created_at: datetime
    image_url: str | None
    explain: dict[str, Any] | None = None
    explanation: str | None = Field(
        default=None, description="The same in a sentence, where `explain` was asked for"
    )


class SearchOut(BaseModel):
    """Results, best first."""

    results: list[SearchHitOut]
    total_candidates: int
    took_ms: float
    index_version: int
    facets: list[FacetOut] | None = Field(default=None, description="Where they were asked for")
    corrected: dict[str, list[str]] = Field(
        description="Words of the query that no document has, and the words they were taken for"
    )
    warnings: list[Warned] = Field(
        description="`unreadable_by_model`: not searched by meaning; `truncated`: by the meaning "
        "of the query's beginning; `older_analysis`: by words as an older release cut "
        "them; `recognises_common_things_only`: photographs are among what was searched, which the "
        "embedded model knows by common things alone; `unused_member`: nothing was "
        "made of it; `field_absent`: one of `fields` that no result has; "
        "`mixed_types`: documents of another type were passed over, or sorted as strings; "
        "`nothing_relevant`: no result stands out of what the namespace holds on any question; "
        "`relevance_by_meaning`: words did not count towards `relevance`; "
        "`prefix_not_looked_for`: the last word was taken as it is written; "
        "`typos_not_looked_for`: misspelt words were not looked for, or not all"
    )
