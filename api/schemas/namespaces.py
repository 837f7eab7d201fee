"""Answers of `/namespaces` and `/suggest`."""

from typing import Literal

from pydantic import BaseModel, Field

from api.schemas.base import Warned


class Namespaces(BaseModel):
    """The namespaces that hold documents."""

    namespaces: list[str]


class FieldTypeOut(BaseModel):
    """One type of the values of a metadata field."""

    type: Literal["number", "string", "boolean", "list", "time"]
    documents: int = Field(description="That hold a value of it")
    distinct: int = Field(description="Different values, of lists their elements")
    at_least: bool = Field(description="There may be more: counting ends at a thousand")


class FieldOut(BaseModel):
    """A metadata field, by the types of its values."""

    name: str
    types: list[FieldTypeOut]


class ModelsOut(BaseModel):
    """The models behind the vectors."""

    text_model: str
    image_model: str
    text_dimension: int
    image_dimension: int
    precision: str


class NamespaceOut(BaseModel):
    """What a namespace holds at one version."""

    namespace: str
    version: int
    documents: int
    pictures: int = Field(description="Documents with one")
    passages: int = Field(
        description="Vectors of long texts besides the first of each (docs/explanation/long-texts)"
    )
    bytes: int = Field(description="Of the files of this version, without indices")
    looked_at: int = Field(description="Documents that `fields` was counted over")
    fields: list[FieldOut] = Field(description="By name; those that hold nothing are left out")
    models: ModelsOut | None
    warnings: list[Warned] = Field(description="`fields_sampled`: not all documents were looked at")


class MapPointOut(BaseModel):
    """A document in the plane."""

    id: str
    has_picture: bool
    x: float = Field(description="-1 to 1")
    y: float = Field(description="-1 to 1, by the same scale")
    value: str | float | bool | None = Field(
        description="Of `field`, a text cut after 80 characters; null for none and for lists"
    )


class NamespaceMapOut(BaseModel):
    """A namespace's vectors in a plane, at one version."""

    namespace: str
    version: int
    vectors: Literal["pictures", "texts"]
    documents: int
    with_vector: int = Field(description="Documents that have such a vector")
    points: list[MapPointOut]
    explained: float = Field(description="Share of the variance that the plane shows, 0 to 1")
    warnings: list[Warned] = Field(
        description="`documents_sampled`, `without_vector`, `no_values`: what is not shown"
    )


class DroppedNamespace(BaseModel):
    """A namespace that is gone with all that it held."""

    namespace: str
    deleted: int = Field(description="Documents")


class SuggestionOut(BaseModel):
    """A query that finds something."""

    text: str
    kind: Literal["word", "value"] = Field(
        description="`word`: the last word completed from the texts' words; `value`: of a metadata "
        "field"
    )
    documents: int = Field(description="That have the word or the value")
    field: str | None = Field(description="Of a value")


class SuggestOut(BaseModel):
    """What a query that is being typed may become, the best first."""

    suggestions: list[SuggestionOut]
    index_version: int
    warnings: list[Warned] = Field(
        description="`nothing_looked_for`: the namespace is not in memory; `values_cut`: not all "
        "values of metadata were looked through"
    )
