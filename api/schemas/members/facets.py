"""Facets in bodies of `/search`: what is asked of a field, and what documents hold in it."""

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from api.schemas.base import StrictBody
from retrieval.filtering.parse import MAX_FIELD_CHARACTERS
from retrieval.search.facets import MOST_RANGES, MOST_VALUES
from retrieval.times import time_in


class RangeIn(StrictBody):
    """Numbers or times from `from` up to `to`, which is not within; one of them may be left out."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, populate_by_name=True)

    low: float | str | None = Field(default=None, alias="from")
    high: float | str | None = Field(default=None, alias="to")

    @field_validator("low", "high")
    @classmethod
    def _is_a_time(cls, value: float | str | None) -> float | str | None:
        if isinstance(value, str) and time_in(value) is None:
            raise ValueError("an end is a number, or a time in ISO 8601")
        return value

    @model_validator(mode="after")
    def _of_one_type(self) -> "RangeIn":
        if self.low is None and self.high is None:
            raise ValueError("give from, to, or both")
        kinds = {isinstance(end, str) for end in (self.low, self.high) if end is not None}
        if len(kinds) > 1:
            raise ValueError("from and to are both numbers or both times")
        return self


class FacetIn(StrictBody):
    """A field whose values are counted, over all documents that the filter takes."""

    field: str = Field(min_length=1, max_length=MAX_FIELD_CHARACTERS)
    limit: int = Field(default=10, ge=1, le=MOST_VALUES, description="Of values that are shown")
    ranges: list[RangeIn] = Field(default_factory=list, max_length=MOST_RANGES)
    disjunctive: bool = Field(
        default=False, description="Count as if the filter did not speak of this field"
    )


class FacetValueOut(BaseModel):
    """A value, and how many documents hold it."""

    value: str | float | bool
    count: int


class FacetRangeOut(BaseModel):
    """How many documents hold a value from `from` up to `to`."""

    model_config = ConfigDict(populate_by_name=True)

    low: float | str | None = Field(default=None, alias="from")
    high: float | str | None = Field(default=None, alias="to")
    count: int


class NumbersOut(BaseModel):
    """Statistics of a field's numbers."""

    count: int
    min: float
    max: float
    mean: float
    sum: float


class FacetOut(BaseModel):
    """What documents hold in a field."""

    field: str
    documents: int = Field(description="That hold a value")
    missing: int = Field(description="That hold none")
    values: list[FacetValueOut] = Field(description="Those of most documents first")
    distinct: int = Field(description="Values that there are, shown or not")
    ranges: list[FacetRangeOut] = Field(description="In the order asked for")
    statistics: NumbersOut | None = Field(description="Null where no value is a number")
