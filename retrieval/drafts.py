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
    EncodedPassages,
    encoded_passages,
    is_long,
    may_be_short,
    ranges_of,
)
from retrieval.passages.cutting import Range
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
    truncated: bool = False
    """Only the beginning of the text was read."""


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
        pictures = [each.picture for each in documents if each.picture is not None]
        texts, of_pictures = await self._both(
            self._texts(documents), self._asked(pictures, "joint")
        )
        tag = one_tag([texts.tag, "" if of_pictures is None else of_pictures.made_by])
        found = _Made(texts.short, _with_notes(of_pictures), texts.long, tag)
        return [found.vectors_of(at, each) for at, each in enumerate(documents)]

    async def _texts(self, documents: Sequence[Parts]) -> _Texts:
        texts = {at: each.text for at, each in enumerate(documents) if each.text is not None}
        sections = [each.sections for each in documents]
        far = {at: text for at, text in texts.items() if not may_be_short(text)}
        ranges, tag = await ranges_of(far, sections, self._split)
        near = {at: text for at, text in texts.items() if not is_long(text, ranges.get(at, ()))}
        # What turns out to be longer than the model reads is encoded once: passage by passage.
        only_whole = self._split is not None
        first = await self._asked(list(near.values()), "text", only_whole)
        short = dict(zip(near, _with_cuts(first), strict=True))
        cut = {at: texts[at] for at, (_, is_cut) in short.items() if is_cut and only_whole}
        # What was asked already and is cut all the same cannot be cut into passages.
        new = {at: text for at, text in cut.items() if at not in ranges}
        late, late_tag = await ranges_of(new, sections, self._split)
        long = await self._passages(texts, ranges | late)
        begun = {at: text for at, text in cut.items() if at not in long.results}
        second = await self._asked(list(begun.values()), "text")
        short |= dict(zip(begun, _with_cuts(second), strict=True))
        tags = [each.made_by for each in (first, second, long) if each is not None]
        short = {at: short[at] for at in short if at not in long.results}
        return _Texts(short, long.results, one_tag([tag, late_tag, *tags]))

    async def _passages(
        self, texts: Mapping[int, str], ranges: Mapping[int, Sequence[Range]]
    ) -> EncodedPassages:
        parts = {at: (text, ranges.get(at, ())) for at, text in texts.items()}
        long = {at: each for at, each in parts.items() if is_long(*each)}
        return await encoded_passages(long, self._encode, self._pieces_at_once, self._background)

    async def _both(
        self, texts: Awaitable[_Texts], pictures: Awaitable[EncodeReply | None]
    ) -> tuple[_Texts, EncodeReply | None]:
        if self._at_once:
            return await asyncio.gather(texts, pictures)
        return await texts, await pictures

    async def _asked(
        self, items: Sequence[str | bytes], space: Space, only_whole: bool = False
    ) -> EncodeReply | None:
        if not items:
            return None
        background = self._background
        return await self._encode(
            EncodeRequest(
                items, space, background=background, for_index=True, only_whole=only_whole
            )
        )


Result = Vector | ItemError | None
Notes = tuple[PictureNote, ...]


@dataclass(frozen=True, slots=True)
class _Texts:
    """What came of texts, by the places of their documents."""

    short: Mapping[int, tuple[Result, bool]]
    """Each with whether it was cut."""
    long: Mapping[int, tuple[Passage, ...] | ItemError]
    tag: str
    """Of the models."""


def _with_cuts(reply: EncodeReply | None) -> Iterator[tuple[Result, bool]]:
    if reply is not None:
        cuts = (report.truncated for report in reply.reports)
        yield from zip(reply.to_store, cuts, strict=True)


def _with_notes(reply: EncodeReply | None) -> Iterator[tuple[Result, Notes]]:
    if reply is not None:
        notes = (report.notes for report in reply.reports)
        yield from zip(reply.to_store, notes, strict=True)


@dataclass(frozen=True, slots=True)
class _Made:
    """What was encoded: texts by the places of their documents, pictures in their order."""

    short: Mapping[int, tuple[Result, bool]]
    pictures: Iterator[tuple[Result, Notes]]
    long: Mapping[int, tuple[Passage, ...] | ItemError]
    tag: str

    def vectors_of(self, at: int, document: Parts) -> DocumentVectors | ItemError:
        """Return the next document's."""
        image, notes = (None, ()) if document.picture is None else next(self.pictures)
        text, cut = self.short.get(at, (None, False))
        passages = self.long.get(at, ())
        for result in (text, passages, image):
            if isinstance(result, ItemError):
                return result
        assert not isinstance(passages, ItemError)
        if passages:
            text = next((each.vector for each in passages if each.vector is not None), None)
        return DocumentVectors(text, image, self.tag, notes, passages, cut)  # pyright: ignore[reportArgumentType]


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
