"""Bodies of `/v1`, as OpenAI defines them, with what this service adds."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.schemas.base import MOST_ITEMS, WORDS, StrictBody
from api.schemas.embed import Usage
from retrieval.input_type import InputType

INPUT = {
    "anyOf": [
        WORDS,
        {"type": "array", "items": WORDS, "minItems": 1, "maxItems": MOST_ITEMS},
    ],
    "description": "A text or a list of them; with `modality: image` data URIs of pictures",
}


class OpenAIRequest(StrictBody):
    """`POST /v1/embeddings`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "text",
                    "input": ["a striped red mug", "a lamp of brass"],
                    "input_type": "passage",
                }
            ]
        }
    )

    # Looked at by the route: of a wrong kind of input it can say what the right one is.
    input: Annotated[Any, WithJsonSchema(INPUT)]
    model: str = Field(
        description="One of `GET /v1/models`, aliases included; `text` and `joint` are the models "
        "of the two spaces, whichever they are"
    )
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(
        default=None, ge=1, description="Only the model's own: none that is served can be cut"
    )
    user: str | None = None
    modality: Literal["text", "image"] = "text"
    input_type: InputType | None = Field(
        default=None,
        description="What a text is for; `passage` if it is left out. Models that tell no "
        "difference ignore it. `X-Brainwav-Warnings` says what was assumed or ignored",
    )


class OpenAIVector(BaseModel):
    """One vector; base64 holds little-endian float32."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class OpenAIResponse(BaseModel):
    """A list of vectors."""

    object: Literal["list"] = "list"
    data: list[OpenAIVector]
    model: str = Field(description="The model that made them, where an alias was named too")
    usage: Usage


class ModelOut(BaseModel):
    """A name that `model` may take."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    root: str = Field(description="The model that answers: another one where `id` is an alias")


class ModelList(BaseModel):
    """`GET /v1/models`."""

    object: Literal["list"]
    data: list[ModelOut]
