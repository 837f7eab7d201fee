"""What a language model may answer: moves and votes, and nothing else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_MOVES = 24
MAX_VOTES = 64


class FieldBound(BaseModel):
    """A condition on a field."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    field: str = Field(min_length=1, max_length=64)
    op: Literal["eq", "ne", "lt", "lte", "gt", "gte", "contains"]
    value: float | bool | Annotated[str, Field(max_length=120)]


class Move(BaseModel):
    """One thought: an offered option by its number, or a call of the model's own."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    state: int = Field(ge=0, le=999)
    option: int | None = Field(default=None, ge=0, le=999)
    tool: (
        Literal["search_hybrid", "search_text", "search_image", "facets", "sort", "aggregate"]
        | None
    ) = None
    query: str = Field(default="", max_length=300)
    field: str = Field(default="", max_length=64)
    op: Literal["count", "average", "total", "least", "most", "values"] | None = None
    order: Literal["asc", "desc"] = "asc"
    where: list[FieldBound] = Field(default_factory=list, max_length=8)
    without: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=list, max_length=8)


class Moves(BaseModel):
    """Best first."""

    moves: list[Move] = Field(max_length=MAX_MOVES)


class Vote(BaseModel):
    """How far a state's evidence answers the goal: 0 not at all, 10 wholly."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    state: int = Field(ge=0, le=999)
    score: float = Field(ge=0, le=10)


class Votes(BaseModel):
    """One for each state."""

    votes: list[Vote] = Field(max_length=MAX_VOTES)
