"""One item of a bulk job, and why one failed."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from api.bodies.limits import RequestLimits
from retrieval.characters import has_visible
from retrieval.clip.errors import ClipError
from retrieval.documents import (
    Document,
    Json,
    Source,
    check_document,
    check_id,
    check_metadata,
    check_text,
)
from retrieval.drafts import DocumentVectors, document_of
from retrieval.encoding import EncoderInfo
from retrieval.errors import RetrievalError
from retrieval.passages.sections import Sections
from retrieval.picture_type import picture_mime


@dataclass(frozen=True, slots=True)
class Item:
    """A text, a picture or both, before it is encoded."""

    place: str
    """Where it came from, as an operator would look for it: a path, a file and its row."""
    id: str
    text: str | None
    picture: bytes | None
    metadata: dict[str, Json]
    created_at: datetime
    source: Source = "LTM"
    sections: Sections = ()
    notes: tuple["Note", ...] = ()
    """What it is written without."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why one item was left out; the others of its job go on."""

    place: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Note:
    """What is said of an item that is written nevertheless."""

    place: str
    code: str
    message: str


UNREADABLE_FILE = "unreadable_file"
"""Code of a failure that stands for a whole file, since its rows cannot be counted."""
DUPLICATE_ID = "duplicate_id"
MOST_TEXT_BYTES = RequestLimits().max_document_bytes
"""As `PUT /documents` takes them by default."""


class Unreadable(Exception):
    """One item cannot be read from its source; the message says why."""


def without_picture(place: str, why: str) -> Note:
    """Say that an item keeps its text, and not its picture."""
    return Note(place, "picture_left_out", f"the text is kept without its picture: {why}")


def unread(path: str, first: int, end: int, whole: bool, error: Exception) -> Iterator["Skipped"]:
    """Yield a failure for each row that could not be read because of its file.

    Args:
        whole: No row of the file could be counted; the failure stands for the file.
    """
    for number in range(first, end):
        yield Skipped(path if whole else f"{path}:{number}", UNREADABLE_FILE, str(error))


def id_of(key: str) -> str:
    """Return the document id of a source's key: the same key, the same id, on every run."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def checked(item: Item) -> Item | Skipped:
    """Return an item if a document can be made of it, without encoding anything."""
    try:
        check_id(item.id)
        check_metadata(item.metadata)
        if item.text is not None:
            check_text(item.text)
    except RetrievalError as error:
        return Skipped(item.place, error.code, str(error))
    except RecursionError:
        return Skipped(item.place, "invalid_metadata", "metadata is nested too deeply")
    size = 0 if item.text is None else len(item.text.encode())
    if size > MOST_TEXT_BYTES:
        why = f"text has {size} bytes in UTF-8, at most {MOST_TEXT_BYTES} are allowed"
        return Skipped(item.place, "text_too_long", why)
    if not item.picture and not (item.text and has_visible(item.text)):
        return Skipped(item.place, "empty_input", "there is neither a text nor a picture")
    if item.picture is not None and not picture_mime(item.picture).startswith("image/"):
        why = "the content is no picture"
        if item.text and has_visible(item.text):
            return replace(item, picture=None, notes=(without_picture(item.place, why),))
        return Skipped(item.place, "unsupported_media_type", why)
    return item


def document(item: Item, vectors: DocumentVectors, info: EncoderInfo) -> Document | Skipped:
    """Return what the index stores of an encoded item."""
    try:
        made = document_of(item, vectors)
        return check_document(made, info.text_dimension, info.joint_dimension)
    except (ClipError, RetrievalError) as error:
        return Skipped(item.place, error.code, str(error))


def split(
    results: Sequence[Item | Skipped],
) -> tuple[list[Item], list[Skipped]]:
    """Return the good and the failed, each in order."""
    good = [result for result in results if isinstance(result, Item)]
    return good, [result for result in results if isinstance(result, Skipped)]
