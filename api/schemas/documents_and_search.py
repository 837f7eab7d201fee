"""Request and response bodies; unknown fields are refused by name."""

from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MOST_OFFSET = 1_000_000_000
NAMESPACE: dict[str, Any] = {"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}
"""What a namespace looks like; checked by ``retrieval.documents``, whose error names it."""
DOCUMENT_ID: dict[str, Any] = {
    "pattern": r"^[^/\\\x00-\x1f\x7f-\x9f]{1,256}$",
    "not": {"enum": [".", ".."]},
}


WORDS = {"type": "string", "pattern": r"\S"}


def given(**properties: Any) -> dict[str, Any]:
    """Return the part of a schema that asks for one of these, and for what they look like."""
    return {
        "anyOf": [
            {"required": [name], "properties": {name: schema}}
            for name, schema in properties.items()
        ]
    }


MOST_ITEMS = 10_000
"""Of a list whose cap is a setting: no setting lets more through."""
MOST_NUMBERS = 16_384
"""Of a vector; no model has so many dimensions."""
MOST_UNKNOWN = 20
"""Members of an object that are told to be unknown; building an error takes longer than parsing."""


class Strict(BaseModel):
    """A body without room for misspelt fields."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _first_unknown_only(cls, data: Any) -> Any:
        """Leave the known members and the first unknown ones, so that few errors are built."""
        if not isinstance(data, dict) or len(data) <= len(cls.model_fields) + MOST_UNKNOWN:
            return data
        known = {name: data[name] for name in cls.model_fields if name in data}
        unknown = (item for item in data.items() if item[0] not in cls.model_fields)
        return known | dict(islice(unknown, MOST_UNKNOWN))


def first_wrong_only(value: Any) -> Any:
    """Return a list of numbers cut after so many wrong ones as are told."""
    if not isinstance(value, list):
        return value
    wrong = [at for at, item in enumerate(value) if type(item) not in (int, float)]
    return value if len(wrong) <= MOST_UNKNOWN else value[: wrong[MOST_UNKNOWN - 1] + 1]


Numbers = Annotated[list[float], BeforeValidator(first_wrong_only)]


class EmbedItem(Strict):
    """One thing to embed: a text or a picture."""

    model_config = ConfigDict(
        json_schema_extra=given(text=WORDS, image_base64=WORDS, image_url=WORDS)
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


class EmbedRequest(Strict):
    """`POST /embed`."""

    inputs: list[EmbedItem] = Field(min_length=1, max_length=MOST_ITEMS, fail_fast=True)
    normalize: bool = True
    space: Literal["joint", "text"] = Field(
        default="joint",
        description="`joint`: texts and pictures are comparable; `text`: the text side's own "
        "encoder, for texts only. In the embedded model both are one.",
    )


class ItemFailure(BaseModel):
    """Why one item has no vector."""

    index: int
    code: str
    message: str


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


class OpenAIRequest(Strict):
    """`POST /v1/embeddings`, as OpenAI defines it, with pictures as data URIs."""

    input: str | Annotated[list[str], Field(min_length=1, max_length=MOST_ITEMS, fail_fast=True)]
    model: str
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    user: str | None = None
    modality: Literal["text", "image"] = "text"


class OpenAIVector(BaseModel):
    """One vector; base64 holds little-endian float32."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class OpenAIResponse(BaseModel):
    """A list of vectors."""

    object: Literal["list"] = "list"
    data: list[OpenAIVector]
    model: str
    usage: Usage


class DocumentIn(Strict):
    """A document to write: text, picture or both."""

    id: str | None = None
    text: str | None = None
    image_base64: str | None = None
    image_url: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    source: Literal["STM", "LTM"] = "LTM"
    # Read by `retrieval.times`: pydantic would take numbers for seconds or for milliseconds.
    created_at: str | None = None


class PutDocuments(Strict):
    """`PUT /documents`."""

    namespace: str = Field(default="default", json_schema_extra=NAMESPACE)
    documents: list[Any] = Field(
        min_length=1,
        max_length=MOST_ITEMS,
        description="Each `{id?, text?, image_base64?, image_url?, metadata?, source?, "
        "created_at?}`; one that is wrong is reported under `failed`, the others are written",
        json_schema_extra={"items": {"type": "object"} | given(text=WORDS, image_base64=WORDS)},
    )


class WriteFailure(BaseModel):
    """Why one document was not written."""

    index: int
    error: dict[str, Any]


class Warned(BaseModel):
    """Something that was cut, ignored or not understood."""

    code: str
    message: str
    where: str


class WriteResponse(BaseModel):
    """An acknowledged write: a search that begins now sees it."""

    upserted: int
    failed: list[WriteFailure]
    ids: list[str | None] = Field(description="In the order of the request; null where it failed")
    version: int
    warnings: list[Warned] = Field(description="Of what was written: `time_cut`")


class DeleteResponse(BaseModel):
    """An acknowledged deletion."""

    deleted: int
    version: int


class DocumentOut(BaseModel):
    """A stored document, without its picture and vectors."""

    id: str
    text: str | None
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


class Namespaces(BaseModel):
    """The namespaces that hold documents."""

    namespaces: list[str]


class ModelOut(BaseModel):
    """A name that `model` may take."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelList(BaseModel):
    """`GET /v1/models`."""

    object: Literal["list"]
    data: list[ModelOut]


class Component(BaseModel):
    """What one component answered when it was used; each adds what it measured."""

    model_config = ConfigDict(extra="allow")

    healthy: bool
    latency_ms: float


class Health(BaseModel):
    """`GET /health`."""

    status: Literal["healthy", "degraded"]
    as_of: float
    """Unix time at which this round of checks began."""
    components: dict[str, Component]


class Ready(BaseModel):
    """Requests can be served."""

    status: Literal["ready"]


class NotReady(BaseModel):
    """They cannot."""

    status: Literal["not_ready"]
    missing: list[str]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"]


class FusionIn(Strict):
    """How the keyword and the semantic side become one score."""

    method: Literal["weighted", "rrf"] = "weighted"
    semantic_weight: float = Field(default=0.6, ge=0, le=1)
    keyword_weight: float = Field(default=0.4, ge=0, le=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "FusionIn":
        total = self.semantic_weight + self.keyword_weight
        if abs(total - 1.0) > 1e-6:
            raise ValueError(
                f"semantic_weight {self.semantic_weight} and keyword_weight "
                f"{self.keyword_weight} sum to {total:g}, not 1"
            )
        return self


class SearchIn(Strict):
    """`POST /search`."""

    model_config = ConfigDict(
        json_schema_extra=given(
            query=WORDS,
            image_base64=WORDS,
            vector={"type": "array", "minItems": 1, "maxItems": MOST_NUMBERS},
        )
    )

    query: str | None = None
    image_base64: str | None = None
    vector: Numbers | None = Field(default=None, min_length=1, max_length=MOST_NUMBERS)
    vector_space: Literal["joint", "text"] = "joint"
    namespace: str = Field(default="default", json_schema_extra=NAMESPACE)
    mode: Literal["hybrid", "semantic", "keyword"] = "hybrid"
    limit: int = Field(default=10, ge=1)
    offset: int = Field(default=0, ge=0, le=MOST_OFFSET)
    fusion: FusionIn = Field(default_factory=FusionIn)
    filter: dict[str, Any] | None = None
    prefer_recent: bool = False
    recency_half_life_s: float = Field(default=86_400, gt=0)
    explain: bool = False

    @model_validator(mode="after")
    def _something_to_search_by(self) -> "SearchIn":
        has_text = bool(self.query and self.query.strip())
        if self.query is not None and not has_text:
            raise ValueError("query is empty")
        if not (has_text or self.image_base64 or self.vector):
            raise ValueError("give a query, an image_base64 or a vector")
        if self.vector and ((has_text and self.mode == "semantic") or self.image_base64):
            raise ValueError("a vector replaces the encoded query: give it alone or with a text")
        if self.mode == "keyword" and not has_text:
            raise ValueError("mode keyword needs a query")
        return self


class SearchHitOut(BaseModel):
    """One result; the scores are of this query only."""

    id: str
    score: float
    semantic_score: float | None
    keyword_score: float | None
    semantic_rank: int | None
    keyword_rank: int | None
    text: str | None
    modality: Literal["TEXT", "IMAGE"]
    source: Literal["STM", "LTM"]
    metadata: dict[str, Any]
    created_at: datetime
    image_url: str | None
    explain: dict[str, Any] | None = None


class SearchOut(BaseModel):
    """Results, best first."""

    results: list[SearchHitOut]
    total_candidates: int
    took_ms: float
    index_version: int


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str
    message: str
    request_id: str
    details: dict[str, Any]


class ErrorOut(BaseModel):
    """The one error shape."""

    error: ErrorBody
