"""What `/search` is asked."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from api.schemas.base import (
    BASE64,
    MOST_NUMBERS,
    MOST_OFFSET,
    NAMESPACE,
    WORDS,
    Numbers,
    StrictBody,
    described_by,
    given,
)
from api.schemas.members.facets import FacetIn
from api.schemas.members.query_parts import MOST_PARTS, QueryPartIn
from retrieval.characters import has_visible
from retrieval.filtering.fields import MAX_COLUMNS
from retrieval.filtering.parse import MAX_FIELD_CHARACTERS
from retrieval.search.facets import MOST_FACETS
from retrieval.search.groups import MOST_OF_A_GROUP
from retrieval.search.order import MOST_KEYS
from retrieval.search.request import CANDIDATES, MOST_LIKED

MOST_NAMESPACES = 8
ALONE = ("sort", "facets", "group_by", "prefer_recent", "diversity")
"""What is asked of one namespace only."""


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
                queries={"type": "array", "minItems": 1, "items": {}},
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
                {
                    "queries": [
                        {"text": "a striped mug", "weight": 2},
                        {"text": "red", "weight": -0.5},
                    ],
                    "namespace": "demo",
                    "diversity": 0.3,
                },
                {"query": "a striped red mug", "namespaces": ["demo"], "limit": 5},
            ],
        }
    )

    query: str | None = None
    image_base64: str | None = None
    vector: Numbers | None = Field(default=None, min_length=1, max_length=MOST_NUMBERS)
    vector_space: Literal["joint", "text"] = "joint"
    namespace: str = Field(default="default", json_schema_extra=NAMESPACE)
    namespaces: list[Annotated[str, WithJsonSchema({"type": "string"} | NAMESPACE)]] = Field(
        default_factory=list,
        max_length=MOST_NAMESPACES,
        description="Instead of `namespace`: all of them, fused to one list; each costs a search",
    )
    mode: Literal["hybrid", "semantic", "keyword"] = "hybrid"
    limit: int = Field(default=10, ge=1)
    offset: int = Field(default=0, ge=0, le=MOST_OFFSET)
    queries: list[QueryPartIn] = Field(
        default_factory=list,
        max_length=MOST_PARTS,
        description="Weighted parts instead of a query; each costs as a search",
    )
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
    diversity: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="How much results are to differ from those before them, by meaning",
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
        one = self.query is not None or self.image_base64 or self.vector
        return bool(one or self.like or self.queries)

    @property
    def words(self) -> str | None:
        """The words that are searched: the query's, or those of the parts that lead towards."""
        if not self.queries:
            return self.query
        return " ".join(part.text for part in self.queries if part.text and part.weight > 0) or None

    @model_validator(mode="after")
    def _something_to_search_by(self) -> "SearchIn":
        has_text = self.query is not None and has_visible(self.query)
        if self.query is not None and not has_text:
            raise ValueError("query is empty: it has no visible character")
        if self.unlike and not self.like:
            raise ValueError("unlike needs a like: away from something leads anywhere")
        if self.namespaces:
            self._check_namespaces()
        if self.like:
            self._check_likeness()
        if self.queries:
            return self._check_parts()
        if not self.has_query:
            return self._check_without_query()
        self._check_list()
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

    def _check_list(self) -> None:
        if self.min_score is not None and self.fusion.method == "rrf":
            raise ValueError(
                "min_score needs fusion weighted: scores by reciprocal ranks say nothing of how "
                "good a result is"
            )
        if self.diversity and self.sort:
            raise ValueError("diversity and sort are two orders: give one of them")

    def _check_namespaces(self) -> None:
        if "namespace" in self.model_fields_set:
            raise ValueError("namespaces stand instead of a namespace: give one of them")
        if len(set(self.namespaces)) < len(self.namespaces):
            raise ValueError("namespaces names one twice")
        if not self.has_query or self.like:
            raise ValueError(
                "several namespaces need a query: ids, lists and facets are each namespace's own"
            )
        for name in ALONE:
            if name in self.model_fields_set and getattr(self, name):
                raise ValueError(f"{name} is not for several namespaces: ask each by itself")
        if self.offset + self.limit > CANDIDATES:
            raise ValueError(
                f"over several namespaces offset and limit reach {CANDIDATES} results together"
            )

    def _check_parts(self) -> "SearchIn":
        if self.query is not None or self.image_base64 or self.vector or self.like:
            raise ValueError(
                "queries stand instead of a query, an image_base64, a vector or a like"
            )
        if not any(part.weight > 0 for part in self.queries):
            raise ValueError("queries need a weight above 0: away from something leads anywhere")
        if self.mode == "keyword" and not self.words:
            raise ValueError("mode keyword needs a text among queries, of a weight above 0")
        self._check_list()
        return self

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
        if self.diversity:
            raise ValueError("diversity needs a query: without one there is no order to change")
        if self.prefer_recent:
            raise ValueError("prefer_recent needs a query: without one sort by created_at")
        return self
