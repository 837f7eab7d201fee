"""What the service answers; fields that a newer service adds are kept and can be read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from brainwav_client.errors import UnreadableAnswer

A = TypeVar("A", bound="Answer")
HOW = "pip install 'brainwav-client[pandas]'"
"""What makes tables of answers possible."""


class Part(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Warned(Part):
    """Something that was cut, ignored or not understood."""

    code: str
    message: str
    where: str = ""


class Told(BaseModel):
    """What an answer's head says; figures are None where nothing is metered."""

    model_config = ConfigDict(frozen=True)

    request_id: str = ""
    energy_j: float | None = None
    """Joules above idle, an estimate."""
    carbon_g: float | None = None
    limit_remaining: int | None = None
    """Tokens left in this client's bucket."""


class Answer(Part):
    """An answer; ``told`` is of its head, of the last part where a request went in parts."""

    _told: Told = PrivateAttr(default_factory=Told)

    @property
    def told(self) -> Told:
        return self._told


class StoredDocument(Answer):
    """A stored document, without its picture and vectors."""

    id: str
    text: str | None = None
    truncated: bool = False
    """The end of ``text`` was left out of a list."""
    modality: Literal["TEXT", "IMAGE"]
    metadata: Mapping[str, Any]
    source: Literal["STM", "LTM"]
    created_at: datetime
    image_url: str | None = None
    etag: str | None = None
    """Where one document was read."""


class DocumentPage(Answer):
    """A page in the order of the ids."""

    documents: tuple[StoredDocument, ...]
    total: int
    limit: int
    offset: int
    version: int

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame`, a row a document; metadata become columns `metadata.…`."""
        rows = [document.model_dump() for document in self.documents]
        return frame_of(rows, tuple(StoredDocument.model_fields))


class StoredPicture(Part):
    """A document's picture as it was stored."""

    content: bytes
    mime_type: str


class ItemError(Part):
    """Why one document was not written."""

    code: str
    message: str
    details: Mapping[str, Any] = {}


class WriteFailure(Part):
    """Which document was not written; ``index`` counts all that were given."""

    index: int
    error: ItemError


class WriteAnswer(Answer):
    """An acknowledged write: a search that begins now sees it."""

    upserted: int
    failed: tuple[WriteFailure, ...]
    ids: tuple[str | None, ...]
    """In the order of what was given; None where it failed."""
    version: int
    warnings: tuple[Warned, ...] = ()


class DeleteAnswer(Answer):
    """An acknowledged deletion."""

    deleted: int
    version: int


class EmbedFailure(Part):
    """Why one input has no vector."""

    index: int
    code: str
    message: str
    where: str = ""


class Usage(Part):
    """What a request cost the encoder."""

    prompt_tokens: int
    total_tokens: int
    pictures: int = 0


class Embeddings(Answer):
    """Vectors in the order of the inputs; None where one failed."""

    embeddings: tuple[tuple[float, ...] | None, ...]
    errors: tuple[EmbedFailure, ...]
    truncated: tuple[bool, ...]
    dimension: int
    model: str
    usage: Usage
    warnings: tuple[Warned, ...] = ()

    def __len__(self) -> int:
        return len(self.embeddings)


class Namespaces(Answer):
    """The namespaces that hold documents."""

    namespaces: tuple[str, ...]


class Health(Answer):
    """How every component answered when it was really used."""

    status: Literal["healthy", "degraded"]
    as_of: float
    components: Mapping[str, Any]


def read(kind: type[A], reply: httpx.Response) -> A:
    """Return an answer in its class.

    Raises:
        UnreadableAnswer: It is not the service's.
    """
    try:
        answer = kind.model_validate_json(reply.content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        message = f"not an answer of the service: {place or 'body'}: {first['msg']}"
        raise UnreadableAnswer(message, reply.status_code) from None
    answer._told = told_by(reply.headers)
    return answer


def told_by(headers: Mapping[str, str]) -> Told:
    """Return what the head of an answer says."""
    return Told(
        request_id=headers.get("X-Request-ID", ""),
        energy_j=_number(headers.get("X-Energy-Joules")),
        carbon_g=_number(headers.get("X-Carbon-Grams")),
        limit_remaining=_whole(headers.get("X-RateLimit-Remaining")),
    )


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def of_json(content: bytes, status: int) -> Any:
    """Return decoded JSON.

    Raises:
        UnreadableAnswer: It is none.
    """
    try:
        return json.loads(content)
    except ValueError as error:
        raise UnreadableAnswer(f"not JSON: {error}", status) from None


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row whose metadata are columns of their own, `metadata.…`."""
    kept = {name: value for name, value in row.items() if name != "metadata"}
    return kept | {f"metadata.{name}": value for name, value in row["metadata"].items()}


def frame_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Return a `pandas.DataFrame`; an empty one has the columns that are always there.

    Raises:
        ImportError: pandas is not installed; the message says how.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError(f"tables need pandas: {HOW}") from error
    always = [name for name in columns if name != "metadata"]
    return pandas.DataFrame([flat(row) for row in rows], columns=None if rows else always)
