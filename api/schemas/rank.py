"""Bodies of `/rank`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.schemas.base import MOST_ITEMS, StrictBody, Warned
from api.schemas.embed import EmbedItem, ItemFailure, Usage

MOST_TEMPLATES = 100
Template = Annotated[
    str, Field(max_length=1000, json_schema_extra={"pattern": r"\{\}"}, examples=["a photo of {}"])
]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class RankRequest(StrictBody):
    """`POST /rank`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "inputs": [{"text": "something to drink from"}],
                    "candidates": [{"text": "mug"}, {"text": "lamp"}],
                    "template": ["a photo of a {}", "a drawing of a {}"],
                }
            ]
        }
    )

    inputs: list[EmbedItem] = Field(min_length=1, max_length=MOST_ITEMS, fail_fast=True)
    candidates: list[EmbedItem] = Field(min_length=1, max_length=MOST_ITEMS, fail_fast=True)
    template: Annotated[list[Template], BeforeValidator(_listed)] = Field(
        default_factory=list,
        max_length=MOST_TEMPLATES,
        description="One sentence, or a list of them, with `{}` where candidate texts are put; of "
        "several the mean of their vectors counts",
    )
    limit: int | None = Field(
        default=None, ge=1, description="Scores of each input, the best first; all by default"
    )


class ScoreOut(BaseModel):
    """How an input and a candidate belong together."""

    candidate: int = Field(description="Its number in `candidates`")
    similarity: float = Field(description="Cosine")
    probability: float | None = Field(
        description="By the model's own scale and bias; null where it was not trained to say"
    )


class Ranked(BaseModel):
    """An input's candidates, best first."""

    index: int
    scores: list[ScoreOut] | None = Field(description="Null where the input cannot be encoded")


class LogitsOut(BaseModel):
    """What similarities are multiplied by, and what is added."""

    kind: Literal["softmax", "sigmoid"] = Field(
        description="`softmax`: probabilities of all candidates add up to one; `sigmoid`: each is "
        "judged by itself"
    )
    scale: float
    bias: float | None


class RankResponse(BaseModel):
    """Scores in the order of the inputs."""

    results: list[Ranked]
    errors: list[ItemFailure] = Field(description="Inputs that cannot be encoded")
    model: str
    logits: LogitsOut | None = Field(description="Null where the model has none that were trained")
    usage: Usage
    warnings: list[Warned] = Field(
        description="`no_trained_scale`, `not_calibrated`: why there are no probabilities; "
        "`template_ignored`; and those of `/embed`"
    )
