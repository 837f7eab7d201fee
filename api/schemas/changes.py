"""Bodies that change and delete documents where they stand."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from api.schemas.base import NAMESPACE, StrictBody, Warned, described_by


class PatchDocument(StrictBody):
    """`PATCH /documents/{document_id}`: a JSON merge patch (RFC 7396) of what can be changed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"metadata": {"price": 9.5, "old_price": None}}]}
    )

    metadata: dict[str, Any] = Field(
        description="Members that are set anew; null takes one away, the others stay"
    )


class PatchedDocument(BaseModel):
    """An acknowledged change: a search that begins now sees it."""

    id: str
    metadata: dict[str, Any] = Field(description="All of it, as it is now")
    etag: str = Field(description="As the header `ETag`")
    version: int


class DeleteDocuments(StrictBody):
    """`POST /documents/delete`: what a filter takes, or all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"filter": {"field": "id", "op": "eq", "value": "mug-1"}, "dry_run": True}]
        }
    )

    namespace: str = Field(default="default", json_schema_extra=NAMESPACE)
    filter: Annotated[dict[str, Any], WithJsonSchema(described_by("Filter"))] | None = None
    all: bool = Field(default=False, description="Every document; instead of a filter")
    dry_run: bool = Field(default=True, description="Only say what would be deleted")

    @model_validator(mode="after")
    def _says_which(self) -> "DeleteDocuments":
        if self.filter and self.all:
            raise ValueError("give a filter, or `all: true`, not both")
        if not self.filter and not self.all:
            raise ValueError("an empty filter takes every document: say so by `all: true`")
        return self


class DeletedDocuments(BaseModel):
    """What a filter takes, and what of that is gone."""

    dry_run: bool
    matched: int = Field(description="Documents that the filter took when it was asked")
    deleted: int = Field(
        description="0 in a dry run; less than `matched` where others changed some meanwhile"
    )
    sample_ids: list[str] = Field(description="Of those matched, the first ten by order")
    version: int
    warnings: list[Warned] = Field(description="Of the filter, as a search has them")
