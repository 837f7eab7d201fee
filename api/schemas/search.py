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
from retrieval.characters import has_visible


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


class SearchIn(StrictBody):
    """`POST /search`."""

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
            ),
            "examples": [
                {
                    "query": "a striped red mug",
                    "namespace": "demo",
                    "filter": {"field": "modality", "op": "eq", "value": "TEXT"},
                }
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
    filter: Annotated[dict[str, Any], WithJsonSchema(described_by("Filter"))] | None = None
    prefer_recent: bool = False
    recency_half_life_s: float = Field(default=86_400, gt=0)
    explain: bool = False

    @model_validator(mode="after")
    def _something_to_search_by(self) -> "SearchIn":
        has_text = self.query is not None and has_visible(self.query)
        if self.query is not None and not has_text:
            raise ValueError("query is empty: it has no visible character")
        if not (has_text or self.image_base64 or self.vector):
            raise ValueError("give a query, an image_base64 or a vector")
        if self.vector and ((has_text and self.mode == "semantic") or self.image_base64):
            raise ValueError("a vector replaces the encoded query: give it alone or with a text")
        if self.mode == "keyword" and not has_text:
            raise ValueError("mode keyword needs a query")
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
    score: float
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


class SearchOut(BaseModel):
    """Results, best first."""

    results: list[SearchHitOut]
    total_candidates: int
    took_ms: float
    index_version: int
    warnings: list[Warned] = Field(
        description="`unreadable_by_model`: not searched by meaning; `truncated`: by the meaning "
        "of the query's beginning; `older_analysis`: by words as an older release cut them"
    )
