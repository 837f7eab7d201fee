"""What is stored: a document, and the rules its parts obey."""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.characters import hidden_character
from retrieval.errors import (
    InvalidDocument,
    InvalidDocumentId,
    InvalidMetadata,
    InvalidNamespace,
    NonFiniteVector,
    WrongDimension,
    shown,
)
from retrieval.passages.sections import Sections, check_sections
from retrieval.times import utc_time

Vector = NDArray[np.float32]
"""Shape (d,), L2-normalised."""

Vectors = NDArray[np.float32]
"""Shape (n, d), one L2-normalised row per item."""

Scalar = str | bool | int | float
Json = Scalar | None | list[Scalar | None]
"""A metadata value: flat, so that every value can be filtered on."""

Source = Literal["STM", "LTM"]
Modality = Literal["TEXT", "IMAGE"]

MAX_ID_CHARACTERS = 256
MAX_METADATA_BYTES = 64 * 1024
MAX_COPIED_BYTES = 32 * 1024 * 1024
"""Of metadata, which is kept with each passage of a long text for filters to read."""
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text that is too long to be read at once, with its own vector."""

    start: int
    """In code points of the text."""
    end: int
    vector: Vector | None
    """None where the model cannot read it: its words are found all the same."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text, a picture or both, with the vectors they were encoded to."""

    id: str
    text: str | None
    picture: bytes | None
    picture_mime: str | None
    metadata: dict[str, Json]
    source: Source
    created_at: datetime
    text_vector: Vector | None
    image_vector: Vector | None
    made_by: str = ""
    """Tag of the models behind the vectors, as in ``EncodeReply``; not stored."""
    sections: Sections = ()
    """Pages and headings of the text, where they are known."""
    passages: tuple[Passage, ...] = ()
    """Of a long text, in its order; ``text_vector`` is that of the first that has one. Empty for a
    text that is read at once."""
    digest: str = ""
    """As ``retrieval.store.entries.digest_of`` has it, where one document was read; not stored."""

    @property
    def modality(self) -> Modality:
        """``IMAGE`` as soon as there is a picture, else ``TEXT``."""
        return "TEXT" if self.picture is None else "IMAGE"


def new_id() -> str:
    """Return a fresh document id that no other writer will draw."""
    return uuid.uuid4().hex


def check_id(value: str, where: str = "id") -> str:
    """Return ``value`` if it may name a new document: every character of it can be seen.

    Raises:
        InvalidDocumentId: As ``check_known_id``, or it holds a character that is invisible,
            turns the direction of reading, is no ordinary space, or is not assigned.
    """
    check_known_id(value, where)
    if hidden := hidden_character(value):
        raise InvalidDocumentId(f"an id has no invisible character, this one {hidden}", where)
    return value


def check_known_id(value: str, where: str = "id") -> str:
    """Return ``value`` if it can name a document in a URL path and a log line.

    Less strict than ``check_id``: documents that an older release took stay readable and
    deletable, and move to another index.

    Raises:
        InvalidDocumentId: Empty, over 256 characters, ``.`` or ``..``, or with
            a slash, a backslash, a control character or a lone surrogate.
    """
    if not 1 <= len(value) <= MAX_ID_CHARACTERS:
        raise InvalidDocumentId(
            f"an id has 1 to {MAX_ID_CHARACTERS} characters, this one {len(value)}", where
        )
    if value in (".", "..") or any(_is_unsafe(character) for character in value):
        raise InvalidDocumentId(
            f"an id has no slash, backslash or control character: {value!r}", where
        )
    return value


def _is_unsafe(character: str) -> bool:
    code = ord(character)
    return character in "/\\" or code < 0x20 or 0x7F <= code < 0xA0 or _is_surrogate(code)


def _is_surrogate(code: int) -> bool:
    return 0xD800 <= code < 0xE000


def is_text(value: str) -> bool:
    """Whether a string can be written as UTF-8: it holds no half of a surrogate pair."""
    if value.isascii():
        return True
    try:
        # At a thousand times the speed of looking at each character.
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_namespace(value: str, where: str = "namespace") -> str:
    """Return ``value`` if it is a lower-case name of at most 63 characters.

    Raises:
        InvalidNamespace: Anything else; the name becomes a table's folder.
    """
    if not _NAMESPACE.fullmatch(value):
        raise InvalidNamespace(
            f"a namespace matches [a-z0-9][a-z0-9_-]{{0,62}}: {value[:80]!r}", where
        )
    return value


def check_text(value: str, where: str = "text") -> str:
    """Return ``value`` if it can be stored as UTF-8.

    Raises:
        InvalidDocument: It holds a lone surrogate.
    """
    if not is_text(value):
        raise InvalidDocument("the text holds half a surrogate pair", where)
    return value


def check_metadata(metadata: Mapping[str, object], where: str = "metadata") -> dict[str, Json]:
    """Return ``metadata`` as a plain dict if every value can be stored and filtered.

    Raises:
        InvalidMetadata: A bad key, a nested or non-finite value, an integer
            beyond 64 bits, or more than 64 KiB as JSON.
    """
    if sum(len(str(key)) for key in metadata) + 4 * len(metadata) > MAX_METADATA_BYTES:
        raise InvalidMetadata(f"metadata takes more than {MAX_METADATA_BYTES} bytes as JSON", where)
    checked = {
        _check_key(key, where): _check_value(v, f"{where}.{key}") for key, v in metadata.items()
    }
    size_bytes = len(json.dumps(checked, ensure_ascii=False).encode())
    if size_bytes > MAX_METADATA_BYTES:
        raise InvalidMetadata(
            f"metadata takes {size_bytes} bytes as JSON, at most {MAX_METADATA_BYTES}", where
        )
    return checked


def _check_key(key: object, where: str) -> str:
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise InvalidMetadata(f"a metadata key matches {_KEY.pattern}: {shown(key)}", where)
    return key


def _check_value(value: object, where: str) -> Json:
    if isinstance(value, list | tuple):
        return [_check_scalar(item, f"{where}.{i}") for i, item in enumerate(value)]
    return _check_scalar(value, where)


def _check_scalar(value: object, where: str) -> Scalar | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > MAX_METADATA_BYTES:
            raise InvalidMetadata(
                f"a string has {len(value)} characters, all of metadata {MAX_METADATA_BYTES} bytes",
                where,
            )
        if not is_text(value):
            raise InvalidMetadata("a string holds half a surrogate pair", where)
        return value
    if isinstance(value, int) and value in _INT64:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise InvalidMetadata(
        "a value is a string, boolean, 64-bit integer, finite number, null or a flat list: "
        f"{shown(value)}",
        where,
    )


def check_vector(vector: Vector, dimension: int, where: str) -> Vector:
    """Return ``vector`` as float32 if it has ``dimension`` finite numbers.

    Raises:
        WrongDimension: Another shape; the message holds both lengths.
        NonFiniteVector: NaN or an infinity in it.
    """
    array = np.asarray(vector, dtype=np.float32)
    if array.shape != (dimension,):
        raise WrongDimension(
            f"{where} has shape {array.shape}, the index holds ({dimension},)", where
        )
    if not np.isfinite(array).all():
        raise NonFiniteVector(f"{where} holds a number that is not finite", where)
    return array


def check_document(document: Document, text_dimension: int, image_dimension: int) -> Document:
    """Return ``document`` if it can be stored in an index of these dimensions.

    Raises:
        InvalidDocument: Or one of its children, naming the offending part.
        InvalidTime: It was created before the year 1 of UTC, or after 9999.
    """
    # What is copied from an older index keeps its id; new ones were checked at the border.
    check_known_id(document.id)
    check_metadata(document.metadata)
    if document.text is not None:
        check_text(document.text)
    check_sections(document.sections, len(document.text or ""))
    if document.text is None and document.picture is None:
        raise InvalidDocument("a document needs a text, a picture or both", "text")
    if document.source not in ("STM", "LTM"):
        raise InvalidDocument(f"source is STM or LTM: {document.source!r}", "source")
    if document.created_at.tzinfo is None:
        raise InvalidDocument("created_at needs a time zone", "created_at")
    utc_time(document.created_at, "created_at")
    if document.text_vector is not None:
        check_vector(document.text_vector, text_dimension, "text_vector")
    _check_passages(document, text_dimension)
    if document.image_vector is not None:
        check_vector(document.image_vector, image_dimension, "image_vector")
    return document


def check_copies(metadata: Mapping[str, object], passages: int) -> None:
    """Return if metadata can be kept with each passage of a text.

    Raises:
        InvalidMetadata: It takes too much room so many times.
    """
    if passages * MAX_METADATA_BYTES <= MAX_COPIED_BYTES:
        return
    size_bytes = len(json.dumps(metadata, ensure_ascii=False).encode())
    if passages * size_bytes > MAX_COPIED_BYTES:
        raise InvalidMetadata(
            f"metadata takes {size_bytes} bytes as JSON and is kept with each of {passages} "
            f"passages, at most {MAX_COPIED_BYTES} in all: shorten it, or write the text in parts",
            "metadata",
        )


def _check_passages(document: Document, dimension: int) -> None:
    length = len(document.text or "")
    check_copies(document.metadata, len(document.passages))
    for passage in document.passages:
        if not 0 <= passage.start < passage.end <= length:
            raise InvalidDocument("a passage is no part of the text", "text")
        if passage.vector is not None:
            check_vector(passage.vector, dimension, "text_vector")
