"""Bodies of `/search/batch`."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.schemas.base import StrictBody, described_by

MOST_SEARCHES = 64


class SearchBatchIn(StrictBody):
    """`POST /search/batch`: bodies as `POST /search` takes them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "searches": [
                        {"query": "a striped red mug", "namespace": "demo", "limit": 3},
                        {"query": "a green lamp", "namespace": "demo", "limit": 3},
                    ]
                }
            ]
        }
    )

    searches: list[Annotated[Any, WithJsonSchema(described_by("SearchIn"))]] = Field(
        min_length=1, max_length=MOST_SEARCHES, description="Each is answered by itself"
    )


class RefusedSearch(BaseModel):
    """Why a search has no answer; the others have theirs."""

    code: str
    message: str
    details: dict[str, Any] = Field(description="`where`: the place in the request")


class AnsweredSearch(BaseModel):
    """What came of one search."""

    status: int = Field(description="That `POST /search` would have answered with")
    answer: Annotated[dict[str, Any], WithJsonSchema(described_by("SearchOut"))] | None
    error: RefusedSearch | None


class SearchBatchOut(BaseModel):
    """An answer or an error for each search, in their order."""

    answers: list[AnsweredSearch]
    failed: int = Field(description="How many have no answer")
