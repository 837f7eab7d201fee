"""Bodies of `/namespaces/{namespace}/settings`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import WORDS, StrictBody
from retrieval.words.settings import (
    MOST_CHARACTERS,
    MOST_OF_A_GROUP,
    MOST_PINNED,
    MOST_PINS,
    MOST_QUERY_CHARACTERS,
    MOST_STOP_WORDS,
    MOST_SYNONYMS,
)

VISIBLE_TEXT = {"pattern": WORDS["pattern"]}
SettingsWord = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]

SynonymGroup = Annotated[list[SettingsWord], Field(min_length=2, max_length=MOST_OF_A_GROUP)]


class PinIn(StrictBody):
    """What stands first for a query, in this order."""

    query: str = Field(
        min_length=1,
        max_length=MOST_QUERY_CHARACTERS,
        json_schema_extra={"pattern": WORDS["pattern"]},
    )
    ids: list[str] = Field(min_length=1, max_length=MOST_PINNED)


class SettingsIn(StrictBody):
    """All of a namespace's settings: what is left out is empty."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "synonyms": [["mug", "cup", "beaker"]],
                    "one_way_synonyms": {"vessel": ["mug", "teapot"]},
                    "stop_words": ["buy"],
                    "pins": [{"query": "gift", "ids": ["BW-000001"]}],
                }
            ]
        }
    )

    synonyms: list[
        Annotated[list[SettingsWord], Field(min_length=2, max_length=MOST_OF_A_GROUP)]
    ] = Field(
        default_factory=list,
        max_length=MOST_SYNONYMS,
        description="Groups of words, each of which counts for every other",
    )
    one_way_synonyms: dict[
        str, Annotated[list[SettingsWord], Field(min_length=1, max_length=MOST_OF_A_GROUP)]
    ] = Field(
        default_factory=dict,
        max_length=MOST_SYNONYMS,
        description="By a word those that count for it, though it does not count for them",
    )
    stop_words: list[SettingsWord] = Field(
        default_factory=list,
        max_length=MOST_STOP_WORDS,
        description="Left out of queries that have other words",
    )
    pins: list[PinIn] = Field(default_factory=list, max_length=MOST_PINS)


class PinOut(BaseModel):
    """What stands first for a query."""

    query: str
    ids: list[str]


class SettingsOut(BaseModel):
    """A namespace's settings as they are."""

    namespace: str
    synonyms: list[list[str]]
    one_way_synonyms: dict[str, list[str]]
    stop_words: list[str]
    pins: list[PinOut]
    etag: str = Field(description="For `If-Match`")


class SettingsWritten(BaseModel):
    """What was set, and the version of the namespace that is searched by it."""

    namespace: str
    etag: str
    version: int
