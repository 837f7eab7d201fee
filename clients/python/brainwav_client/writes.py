"""Writing documents and files: in parts, each of them sent again without writing twice."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

import httpx

from brainwav_client.answers import Told, Warned, WriteAnswer, WriteFailure, read
from brainwav_client.batches import Progress, Watch, length_of, moved, parts, watching
from brainwav_client.errors import ApiError, BrainwavError, TooLarge
from brainwav_client.exchange import File, Operation, Request, Work, as_json
from brainwav_client.jobs import finished
from brainwav_client.pictures import Picture, picture_base64, picture_bytes

T = TypeVar("T")
ACCEPTED = 202
SPLIT = frozenset({"too_many_items", "batch_too_large", "body_too_large", "too_many_values"})
"""Refusals of a part for its length alone: its halves may be taken."""
FileLike: TypeAlias = Path | tuple[str, Picture] | Picture
"""A path, or a picture with or without a file name."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text, a picture, or both.

    Args:
        text: What is searched by words and by meaning.
        picture: A path, bytes, an image of Pillow or an array of numpy.
        id: The service draws one where it is left out.
        metadata: Flat: texts, numbers and booleans.
        source: ``STM`` or ``LTM``: short- or long-term memory.
        created_at: Now where it is left out; a time without zone is UTC.
        image_url: Fetched by the service, where its settings allow the host.
    """

    text: str | None = None
    picture: Picture | None = None
    id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    source: Literal["STM", "LTM"] = "LTM"
    created_at: datetime | str | None = None
    image_url: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the service takes it; reads the picture."""
        created = self.created_at
        told = {
            "id": self.id,
            "text": self.text,
            "image_base64": None if self.picture is None else picture_base64(self.picture),
            "image_url": self.image_url,
            "metadata": dict(self.metadata),
            "source": self.source,
            "created_at": created.isoformat() if isinstance(created, datetime) else created,
        }
        return {name: value for name, value in told.items() if value is not None}


DocumentLike = Document | Mapping[str, Any]
"""A document, or a mapping in the service's own form."""


def document_json(document: DocumentLike) -> dict[str, Any]:
    """Return a document as the service takes it, however it was given."""
    return document.as_json() if isinstance(document, Document) else dict(document)


def put(
    documents: Iterable[DocumentLike],
    *,
    namespace: str = "default",
    batch: int = 100,
    progress: Watch = False,
) -> Operation[WriteAnswer]:
    """Write documents; the rotten ones are listed under `failed`, the rest are written.

    Documents without an id get one here, so that a part which is sent again is written once.

    Args:
        documents: Any iterable; it is read as it is sent.
        namespace: Where to; writing makes it.
        batch: Documents a request.
        progress: Told after every request; ``True`` draws a bar.

    Raises:
        ApiError: No document at all could be written, or the service refused to go on; `done`
            of the error says what was written.
        JobFailed: The service made a job of a part, and it ended early.
    """

    def request(part: Sequence[bytes]) -> Request:
        body = b'{"namespace":%s,"documents":[%s]}' % (as_json(namespace), b",".join(part))
        return Request("PUT", "/documents", body)

    sent = (_with_id(each) for each in documents)
    return _in_parts(parts(sent, batch, len), request, length_of(documents), progress)


def _with_id(document: DocumentLike) -> bytes:
    told = document_json(document)
    if told.get("id") is None:
        told["id"] = uuid.uuid4().hex
    return as_json(told)


def upload(
    files: Iterable[FileLike],
    *,
    namespace: str = "default",
    metadata: Mapping[str, Any] | None = None,
    text: str | None = None,
    batch: int = 32,
    progress: Watch = False,
) -> Operation[WriteAnswer]:
    """Write one document for each file; the content decides what it is.

    Args:
        files: Paths, bytes, images of Pillow, arrays of numpy; ``(name, picture)`` names one.
        namespace: Where to; writing makes it.
        metadata: For every file.
        text: To go with the pictures.
        batch: Files a request.
        progress: Told after every request; ``True`` draws a bar.
    """
    form = {"namespace": namespace, "metadata": json.dumps(dict(metadata or {}), allow_nan=False)}
    if text is not None:
        form["text"] = text

    def request(part: Sequence[File]) -> Request:
        once = {"Idempotency-Key": uuid.uuid4().hex}
        return Request("POST", "/documents/upload", form=form, files=part, headers=once)

    sent = (_file(index, each) for index, each in enumerate(files))
    whole = parts(sent, batch, lambda file: len(file[1]))
    return _in_parts(whole, request, length_of(files), progress)


def _file(index: int, given: FileLike) -> File:
    name, picture = given if isinstance(given, tuple) else (f"picture-{index}", given)
    if isinstance(given, Path):
        name = given.name
    return name, picture_bytes(picture), "application/octet-stream"


@dataclass(slots=True)
class _Written:
    """What parts of one write came to."""

    upserted: int = 0
    version: int = 0
    failed: list[WriteFailure] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    told: Told = field(default_factory=Told)
    refusal: ApiError | None = None

    def add(self, answer: WriteAnswer) -> None:
        start = len(self.ids)
        self.upserted += answer.upserted
        self.version = max(self.version, answer.version)
        self.failed += [
            each.model_copy(update={"index": each.index + start}) for each in answer.failed
        ]
        self.warnings += [
            each.model_copy(update={"where": moved(each.where, start)}) for each in answer.warnings
        ]
        self.ids += answer.ids
        self.told = answer.told

    def refused(self, error: ApiError, count: int) -> bool:
        """Take a part of which every document failed; False if it was refused otherwise."""
        listed = error.details.get("failed", ())
        if len(listed) != count:
            return False
        failed = [WriteFailure.model_validate(each) for each in listed]
        self.refusal = self.refusal or error
        self.add(WriteAnswer(upserted=0, failed=tuple(failed), ids=(None,) * count, version=0))
        return True

    def answer(self) -> WriteAnswer:
        answer = WriteAnswer(
            upserted=self.upserted,
            failed=tuple(self.failed),
            ids=tuple(self.ids),
            version=self.version,
            warnings=tuple(self.warnings),
        )
        answer._told = self.told
        return answer


def _in_parts(
    whole: Iterable[list[T]], request: Any, total: int | None, progress: Watch
) -> Operation[WriteAnswer]:
    written, tell, left = _Written(), watching(progress), iter(whole)
    try:
        # Pictures are read and packed while the next part is put together.
        while part := (yield Work(lambda: next(left, None))):
            yield from _part(part, request, written)
            tell(Progress(len(written.ids), len(written.failed), total))
    except BrainwavError as error:
        error.done = written.answer()
        raise
    except Exception as error:
        error.add_note(f"{written.upserted} documents were written before")
        raise
    if written.refusal is not None and written.upserted == 0:
        written.refusal.done = written.answer()
        raise written.refusal
    return written.answer()


def _part(part: list[T], request: Any, written: _Written) -> Operation[None]:
    try:
        reply = yield request(part)
    except ApiError as error:
        if written.refused(error, len(part)):
            return
        if not isinstance(error, TooLarge) or error.code not in SPLIT or len(part) == 1:
            raise
        middle = len(part) // 2
        yield from _part(part[:middle], request, written)
        yield from _part(part[middle:], request, written)
    else:
        answer = yield from _told(reply)
        written.add(answer)


def _told(reply: httpx.Response) -> Operation[WriteAnswer]:
    """Return what became of a part, which the service may have made a job of."""
    if reply.status_code == ACCEPTED:
        return (yield from finished(reply))
    return read(WriteAnswer, reply)
