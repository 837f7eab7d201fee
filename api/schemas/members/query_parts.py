"""Weighted parts of a query: what leads towards what is looked for, and what leads away."""

from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from api.schemas.base import BASE64, MOST_NUMBERS, WORDS, Numbers, StrictBody, given
from retrieval.characters import has_visible

MOST_PARTS = 10
MOST_WEIGHT = 100.0


class QueryPartIn(StrictBody):
    """A text, a picture or a vector, and how much it counts."""

    model_config = ConfigDict(
        json_schema_extra=given(
            text=WORDS,
            image_base64=BASE64,
            vector={
                "type": "array",
                "items": {"type": "number"},
                "minItems": 1,
                "maxItems": MOST_NUMBERS,
            },
        )
    )

    text: str | None = None
    image_base64: str | None = None
    vector: Numbers | None = Field(default=None, min_length=1, max_length=MOST_NUMBERS)
    vector_space: Literal["joint", "text"] = "joint"
    weight: float = Field(
        default=1.0,
        ge=-MOST_WEIGHT,
        le=MOST_WEIGHT,
        allow_inf_nan=False,
        description="Against the other parts'; below 0 leads away, 0 leaves the part out",
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> "QueryPartIn":
        given_here = (self.text is not None, bool(self.image_base64), bool(self.vector))
        if sum(given_here) != 1:
            raise ValueError("a part is one of text, image_base64 and vector")
        if self.text is not None and not has_visible(self.text):
            raise ValueError("text is empty: it has no visible character")
        return self
