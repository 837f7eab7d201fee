"""Documents before they are encoded: their vectors from an encoder, and what is stored of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from retrieval.clip.pictures.metadata import without_metadata
from retrieval.documents import Document, Json, Passage, Source, Vector
from retrieval.encoding import (
    Encode,
    EncodeReply,
    EncodeRequest,
    ItemError,
    Space,
    Split,
    one_tag,
)
from retrieval.passage_vectors import (
    PIECES_AT_ONCE,
    encoded_passages,
    is_long,
    ranges_of,
)
from retrieval.passages.sections import Sections
from retrieval.picture_note import PictureNote
from retrieval.picture_type import picture_mime


class Parts(Protocol):
    """What of a document is encoded."""

    @property
    def sections(self) -> Sections:
        """Return the pages and headings of its text; empty where none are known."""
        ...

    @property
    def text(self) -> str | None:
        """Return its text."""
        ...

    @property
    def picture(self) -> bytes | None:
        """Return its picture, as a file."""
        ...


class Draft(Parts, Protocol):
    """A document without its vectors."""

    @property
    def id(self) -> str:
        """Return its id."""
        ...

    @property
    def metadata(self) -> Mapping[str, Json]:
        """Return its metadata, checked."""
        ...

    @property
    def source(self) -> Source:
        """Return where it is said to come from."""
        ...

    @property
    def created_at(self) -> datetime:
        """Return when it was made."""
        ...


@dataclass(frozen=True, slots=True)
class DocumentVectors:
    """A document's vectors, and the tag of the models that made them."""

    text: Vector | None = None
    """None also where the model cannot read the text."""
    image: Vector | None = None
    made_by: str = ""
    notes: tuple[PictureNote, ...] = ()
    """What of the picture was cut, ignored or guessed."""
    passages: tuple[Passage, ...] = ()
    """Of a long text, as in ``Document``."""


class DocumentEncoder:
    """Encodes documents' texts and pictures, those of a call by the same models.

    A text that is longer than the model reads has a vector for each of its passages, which are
    encoded a few at a time and behind what somebody waits for.

    Args:
        encode: Asks the encoder.
        split: Has it cut long texts; without it they have the vector of what the model reads.
        background: Nobody waits for the documents.
        at_once: Ask for texts and pictures side by side.
    """

    def __init__(
        self, encode: Encode, split: Split | None, background: bool = False, at_once: bool = True
    ) -> None:
        self._encode, self._split = encode, split
        self._background, self._at_once = background, at_once
        self._pieces_at_once = PIECES_AT_ONCE if at_once else 1

    async def vectors(self, documents: Sequence[Parts]) -> list[DocumentVectors | ItemError]:
        """Return each document's vectors; what is wrong with one is its own.

        Raises:
            OtherModel: The encoder changed its models between two calls.
        """
        texts = [each.text for each in documents]
        split = await ranges_of(texts, [each.sections for each in documents], self._split)
        longs = [is_long(*pair) for pair in zip(texts, split.ranges, strict=True)]
        pairs = zip(texts, longs, strict=True)
        short = [text for text, long in pairs if text is not None and not long]
        pictures = [each.picture for each in documents if each.picture is not None]
        replies = await self._both(self._asked(short, "text"), self._asked(pictures, "joint"))
        long = [
            await encoded_passages(
                text, ranges, self._encode, self._pieces_at_once, self._background
            )
            for text, ranges in zip(texts, split.ranges, strict=True)
            if text is not None and is_long(text, ranges)
        ]
        tags = [reply.made_by for reply in (split, *replies, *long) if reply is not None]
        made = _Made(
            iter([] if replies[0] is None else replies[0].to_store),
            _with_notes(replies[1]),
            (encoded.result for encoded in long),
            one_tag(tags),
        )
        return [made.vectors_of(each, long) for each, long in zip(documents, longs, strict=True)]

    async def _both(
        self, texts: Awaitable[EncodeReply | None], pictures: Awaitable[EncodeReply | None]
    ) -> list[EncodeReply | None]:
        if self._at_once:
            return list(await asyncio.gather(texts, pictures))
        return [await texts, await pictures]

    async def _asked(self, items: Sequence[str | bytes], space: Space) -> EncodeReply | None:
        if not items:
            return None
        return await self._encode(
            EncodeRequest(items, space, background=self._background, for_index=True)
        )


Result = Vector | ItemError | None
Notes = tuple[PictureNote, ...]


def _with_notes(reply: EncodeReply | None) -> Iterator[tuple[Result, Notes]]:
    if reply is not None:
        notes = (report.notes for report in reply.reports)
        yield from zip(reply.to_store, notes, strict=True)


@dataclass(frozen=True, slots=True)
class _Made:
    """What was encoded, each kind in the order of the documents that have it."""

    short: Iterator[Result]
    pictures: Iterator[tuple[Result, Notes]]
    long: Iterator[tuple[Passage, ...] | ItemError]
    tag: str

    def vectors_of(self, document: Parts, is_long: bool) -> DocumentVectors | ItemError:
        """Return the next document's."""
        passages = next(self.long) if is_long else ()
        if isinstance(passages, ItemError):
            text = passages
        elif is_long:
            text = next((each.vector for each in passages if each.vector is not None), None)
        else:
            text = None if document.text is None else next(self.short)
        image, notes = (None, ()) if document.picture is None else next(self.pictures)
        for result in (text, passages, image):
            if isinstance(result, ItemError):
                return result
        return DocumentVectors(text, image, self.tag, notes, passages)  # pyright: ignore[reportArgumentType]


def document_of(draft: Draft, vectors: DocumentVectors) -> Document:
    """Return what is stored: a picture is given away again, so it carries no place and no camera.

    A large picture takes milliseconds.

    Raises:
        ClipError: The picture's file cannot be taken apart.
    """
    picture = None if draft.picture is None else without_metadata(draft.picture)
    return Document(
        id=draft.id,
        text=draft.text,
        picture=picture,
        picture_mime=None if picture is None else picture_mime(picture),
        metadata=dict(draft.metadata),
        source=draft.source,
        created_at=draft.created_at,
        text_vector=vectors.text,
        image_vector=vectors.image,
        made_by=vectors.made_by,
        sections=draft.sections,
        passages=vectors.passages,
    )
