"""What `/search` answers."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.schemas.base import Warned
from api.schemas.members.facets import FacetOut


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
    namespace: str
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
    pinned: bool | None = Field(
        default=None, description="true where the namespace's settings put it first"
    )
    explain: dict[str, Any] | None = None
    explanation: str | None = Field(
        default=None, description="The same in a sentence, where `explain` was asked for"
    )


class SettingsApplied(BaseModel):
    """What a namespace's settings did to a query."""

    synonyms: dict[str, list[str]] = Field(
        description="By a word of the query, as it is looked for, the words that counted for it"
    )
    stop_words: list[str] = Field(description="Words of the query that were left out")
    pinned: list[str] = Field(description="Ids that are to stand first")


class SearchOut(BaseModel):
    """Results, best first."""

    results: list[SearchHitOut]
    total_candidates: int
    took_ms: float
    index_version: int = Field(description="Of several namespaces the highest")
    index_versions: dict[str, int] | None = Field(
        default=None, description="By namespace, where `namespaces` were asked for"
    )
    facets: list[FacetOut] | None = Field(default=None, description="Where they were asked for")
    settings_applied: SettingsApplied | None = Field(
        default=None, description="What the namespace's settings did to the query, if anything"
    )
    corrected: dict[str, list[str]] = Field(
        description="Words of the query that no document has, and the words they were taken for"
    )
    warnings: list[Warned] = Field(
        description="`unreadable_by_model`: not searched by meaning; `truncated`: by the meaning "
        "of the query's beginning; `older_analysis`: by words as an older release cut "
        "them; `recognises_common_things_only`: photographs are among what was searched, which the "
        "embedded model knows by common things alone; `unused_member`: nothing was "
        "made of it; `diversity_in_part`: results without a vector count as unlike all others; "
        "`space_not_held`: a part of the query, or all of it, has nothing there to be compared "
        "with by meaning; `word_weights_differ`: words weigh in each of `namespaces` as rare as "
        "they are there; "
        "`weights_by_meaning`: weights of `queries` do not count among words; "
        "`field_absent`: one of `fields` that no result has; "
        "`mixed_types`: documents of another type were passed over, or sorted as strings; "
        "`nothing_relevant`: no result stands out of what the namespace holds on any question; "
        "`relevance_by_meaning`: words did not count towards `relevance`; "
        "`prefix_not_looked_for`: the last word was taken as it is written; "
        "`typos_not_looked_for`: misspelt words were not looked for, or not all"
    )
