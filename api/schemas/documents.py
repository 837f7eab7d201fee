"""Bodies of `/documents`."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import (
    BASE64,
    MOST_ITEMS,
    NAMESPACE,
    WORDS,
    StrictBody,
    Warned,
    described_by,
    given,
)


class DocumentIn(StrictBody):
    """A document to write: text, picture or both."""

    model_config = ConfigDict(json_schema_extra=given(text=WORDS, image_base64=BASE64))

    id: str | None = None
    text: str | None = None
    image_base64: str | None = None
    image_url: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    source: Literal["STM", "LTM"] = "LTM"
    # Read by `retrieval.times`: pydantic would take numbers for seconds or for milliseconds.
    created_at: str | None = None


class PutDocuments(StrictBody):
    """`PUT /documents`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "documents": [
                        {"id": "mug-1", "text": "a striped red mug", "metadata": {"price": 12.5}}
                    ]
                }
            ]
        }
    )

    namespace: str = Field(default="default", json_schema_extra=NAMESPACE)
    documents: list[Any] = Field(
        min_length=1,
        max_length=MOST_ITEMS,
        description="Each `{id?, text?, image_base64?, image_url?, metadata?, source?, "
        "created_at?}`; one that is wrong is reported under `failed`, the others are written",
        json_schema_extra={"items": described_by("DocumentIn")},
    )


class WriteFailure(BaseModel):
    """Why one document was not written."""

    index: int
    error: dict[str, Any]


class WriteResponse(BaseModel):
    """An acknowledged write: a search that begins now sees it."""

    upserted: int
    failed: list[WriteFailure]
    ids: list[str | None] = Field(description="In the order of the request; null where it failed")
    version: int
    warnings: list[Warned] = Field(
        description="Of what was written: `time_cut`; `unreadable_by_model`: all of a text, or "
        "some passages of it, are found by words only; of pictures what was cut, ignored or "
        "guessed, as for `/embed`"
    )


class DeleteResponse(BaseModel):
    """An acknowledged deletion."""

    deleted: int
    version: int


class DocumentOut(BaseModel):
    """A stored document, without its picture and vectors."""

    id: str
    text: str | None
    truncated: bool = Field(
        description="The end of the text was left out of a list; `GET /documents/{id}` has it"
    )
    modality: Literal["TEXT", "IMAGE"]
    metadata: dict[str, Any]
    source: Literal["STM", "LTM"]
    created_at: datetime
    image_url: str | None


class DocumentPage(BaseModel):
    """A page in the order of the ids."""

    documents: list[DocumentOut]
    total: int
    limit: int
    offset: int
    version: int
