"""Bodies of `/embed`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.base import BASE64, MOST_ITEMS, WORDS, StrictBody, Warned, given
from retrieval.input_type import InputType


class EmbedItem(StrictBody):
    """One thing to embed: a text or a picture."""

    model_config = ConfigDict(
        json_schema_extra=given(text=WORDS, image_base64=BASE64, image_url=BASE64)
        | {"maxProperties": 1}
    )

    text: str | None = None
    image_base64: str | None = Field(
        default=None, description="A picture file, base64; a `data:` prefix is allowed"
    )
    image_url: str | None = Field(
        default=None, description="An https URL on an allowed host; off by default"
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> "EmbedItem":
        if sum(part is not None for part in (self.text, self.image_base64, self.image_url)) != 1:
            raise ValueError("give either text, image_base64 or image_url")
        return self


class EmbedRequest(StrictBody):
    """`POST /embed`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"inputs": [{"text": "a striped red mug"}, {"text": "a brass lamp"}]}]
        }
    )

    inputs: list[EmbedItem] = Field(min_length=1, max_length=MOST_ITEMS, fail_fast=True)
    normalize: bool = True
    space: Literal["joint", "text"] = Field(
        default="joint",
        description="`joint`: texts and pictures are comparable; `text`: the text side's own "
        "encoder, for texts only. In the embedded model both are one.",
    )
    input_type: InputType | None = Field(
        default=None,
        description="What texts are for; `passage` if it is left out. Models that tell no "
        "difference ignore it; `warnings` say what was assumed or ignored",
    )


class ItemFailure(BaseModel):
    """Why one item has no vector."""

    index: int
    code: str
    message: str
    where: str = Field(description="The part of the request that is at fault")


class Usage(BaseModel):
    """What a request cost the encoder."""

    prompt_tokens: int
    total_tokens: int
    pictures: int = 0


class EmbedResponse(BaseModel):
    """Vectors in the order of the inputs; `null` where an item failed."""

    embeddings: list[list[float] | None]
    errors: list[ItemFailure]
    truncated: list[bool]
    dimension: int
    model: str
    usage: Usage
    warnings: list[Warned] = Field(
        description="`unreadable_by_model`: a vector that says little; `input_type_assumed`, "
        "`input_type_ignored`; of pictures `decoded_in_part`, `first_picture_only`, "
        "`colour_profile_ignored`, `values_stretched`"
    )


class EnergyOut(BaseModel):
    """What a request is believed to have cost, told before it is settled."""

    estimate_j: float = Field(description="Joules above idle; the ledger has the settled figure")
    emissions_g: float = Field(description="Grams of CO2 equivalent")
    method: str = Field(description="How this node's power is known")


class MultimodalResponse(BaseModel):
    """`POST /embed/multimodal`."""

    embedding: list[float]
    dimension: int
    model: str
    modality: Literal["IMAGE", "TEXT"]
    mime_type: str
    size: int = Field(description="Bytes received")
    truncated: bool
    processing_time_ms: float
    energy: EnergyOut | None = Field(description="An estimate; null where nothing is metered")
    message: str
    warnings: list[Warned] = Field(
        description="`unreadable_by_model`: a vector that says little; of pictures what was cut, "
        "ignored or guessed, as for `/embed`"
    )
