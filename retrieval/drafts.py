"""Documents before they are encoded: their vectors from an encoder, and what is stored of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from retrieval.clip.pictures.metadata import without_metadata
from retrieval.documents import Document, Json, Source, Vector
from retrieval.encoding import Encode, EncodeReply, EncodeRequest, ItemError, Space, one_tag
from retrieval.passages.sections import Sections
from retrieval.picture_note import PictureNote
from retrieval.picture_type import picture_mime


class Parts(Protocol):
    """What of a document is encoded."""

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
    def sections(self) -> Sections:
        """Return the pages and headings of its text; empty where none are known."""
        ...

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


class DocumentEncoder:
    """Encodes documents' texts and pictures, those of a call by the same models.

    Args:
        encode: Asks the encoder.
        background: Nobody waits for the documents.
        at_once: Ask for texts and pictures side by side.
    """

    def __init__(self, encode: Encode, background: bool = False, at_once: bool = True) -> None:
        self._encode, self._background, self._at_once = encode, background, at_once

    async def vectors(self, documents: Sequence[Parts]) -> list[DocumentVectors | ItemError]:
        """Return each document's vectors; what is wrong with one is its own.

        Raises:
            OtherModel: The encoder changed its models between two calls.
        """
        texts = [each.text for each in documents if each.text is not None]
        pictures = [each.picture for each in documents if each.picture is not None]
        of_texts, of_pictures = self._asked(texts, "text"), self._asked(pictures, "joint")
        if self._at_once:
            replies = list(await asyncio.gather(of_texts, of_pictures))
        else:
            replies = [await of_texts, await of_pictures]
        tag = one_tag(reply.made_by for reply in replies if reply is not None)
        by_text, by_picture = (iter(_results(reply)) for reply in replies)
        notes = iter(() if replies[1] is None else [each.notes for each in replies[1].reports])
        return [
            _joined(
                None if each.text is None else next(by_text),
                None if each.picture is None else next(by_picture),
                tag,
                () if each.picture is None else next(notes),
            )
            for each in documents
        ]

    async def _asked(self, items: Sequence[str | bytes], space: Space) -> EncodeReply | None:
        if not items:
            return None
        return await self._encode(
            EncodeRequest(items, space, background=self._background, for_index=True)
        )


def _results(reply: EncodeReply | None) -> list[Vector | ItemError | None]:
    return [] if reply is None else reply.to_store


def _joined(
    text: Vector | ItemError | None,
    image: Vector | ItemError | None,
    tag: str,
    notes: tuple[PictureNote, ...],
) -> DocumentVectors | ItemError:
    if isinstance(text, ItemError):
        return text
    if isinstance(image, ItemError):
        return image
    return DocumentVectors(text, image, tag, notes)


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
    )
