"""Writing documents: encoded in chunks, committed together, the rotten ones listed apart."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from api.answers.responses import JsonResponse
from api.backend import Written
from api.errors import MESSAGE_CHARACTERS, STATUS_BY_CODE, ApiError, BadRequest, at, bounded
from api.input_checks import about_picture, partly_unreadable, unreadable
from api.writing.document_drafts import DocumentDraft
from retrieval.clip.errors import ClipError
from retrieval.documents import Document, check_copies
from retrieval.drafts import DocumentEncoder, DocumentVectors, document_of
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    EncoderInfo,
    ItemError,
    SplitReply,
    SplitRequest,
)
from retrieval.errors import InvalidMetadata, RetrievalError, TooManyFields
from retrieval.search.query_vectors import reply_of_model, retry_on_model_change

NOTHING = Written(0, 0)
ENCODE_CHUNK = 64
"""Documents encoded by one call, so that a large write shares the encoder with others."""


class WriteBackend(Protocol):
    """What writing needs of ``api.backend.Backend``."""

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode texts and pictures."""
        ...

    async def split(self, request: SplitRequest) -> SplitReply:
        """Cut texts into the passages that the text model reads."""
        ...

    async def encoder_info(self) -> EncoderInfo:
        """Say which towers encode."""
        ...

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> Written:
        """Write documents by id."""
        ...


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of documents: each of them was written, or has failed."""

    written: Written
    failed: Mapping[int, dict[str, Any]]
    """Errors, by the document's place in the request."""
    warnings: Sequence[tuple[int, dict[str, str]]]
    """Of those written, with the same places."""


class DocumentWriter:
    """Writes what a request brought into one namespace.

    Args:
        backend: The service as the client sees it.
        namespace: Where to.
        count: Documents of the request, those that failed already included.
    """

    def __init__(self, backend: WriteBackend, namespace: str, count: int) -> None:
        self._backend, self._namespace, self._count = backend, namespace, count
        self._drafts: list[DocumentDraft] = []
        self._failed: dict[int, dict[str, Any]] = {}
        self._unreadable: dict[int, dict[str, str]] = {}
        self._pictures: dict[int, list[dict[str, str]]] = {}

    def add(self, draft: DocumentDraft) -> None:
        """Take a document."""
        self._drafts.append(draft)

    def fail(self, index: int, error: ApiError | RetrievalError) -> None:
        """Leave a document out."""
        self._failed[index] = _failure(error)

    @property
    def namespace(self) -> str:
        """Where to."""
        return self._namespace

    @property
    def count(self) -> int:
        """Documents of the request."""
        return self._count

    @property
    def drafts(self) -> Sequence[DocumentDraft]:
        """What was taken."""
        return self._drafts

    @property
    def failed(self) -> Mapping[int, dict[str, Any]]:
        """What was left out, by its place in the request."""
        return self._failed

    def refuse_if_nothing_left(self) -> None:
        """Refuse a request of which nothing can be written.

        Raises:
            BadRequest: As its first document failed.
        """
        if len(self._failed) == self._count:
            raise _refused(self._failed)

    async def write(self) -> JsonResponse:
        """Write what was taken and return the answer.

        Raises:
            BadRequest: Nothing is left to be written.
            ApiError, RetrievalError: The service cannot write now.
        """
        outcome = await self.outcome()
        self.refuse_if_nothing_left()
        return self._answer(outcome)

    async def outcome(self) -> WriteOutcome:
        """Write what was taken and say what became of it.

        Raises:
            ApiError, RetrievalError: The service cannot write now.
        """
        documents: list[Document] = []
        for chunk in _chunks(self._drafts, ENCODE_CHUNK):
            for draft, result in await retry_on_model_change(
                lambda chunk=chunk: self._encoded(chunk)
            ):
                if isinstance(result, Document):
                    documents.append(result)
                    self._warn(draft, result)
                else:
                    self._refuse(draft, result)
        written = await self._committed(documents) if documents else NOTHING
        kept = [draft for draft in self._drafts if draft.index not in self._failed]
        warnings = [(draft.index, one) for draft in kept for one in self._warnings(draft)]
        return WriteOutcome(written, self._failed, warnings)

    def _warn(self, draft: DocumentDraft, document: Document) -> None:
        unread = sum(passage.vector is None for passage in document.passages)
        if document.text is not None and document.text_vector is None:
            self._unreadable[draft.index] = unreadable(
                draft.text_place, "it is found by its words only"
            )
        elif unread:
            so = f"{unread} of its {len(document.passages)} passages are found by their words only"
            self._unreadable[draft.index] = partly_unreadable(draft.text_place, so)

    def _refuse(self, draft: DocumentDraft, error: ItemError) -> None:
        message = f"brAInwav: {draft.place}: {error.message}"
        details = at(draft.place)
        self._failed[draft.index] = {"code": error.code, "message": message, "details": details}

    async def _encoded(
        self, drafts: Sequence[DocumentDraft]
    ) -> list[tuple[DocumentDraft, Document | ItemError]]:
        tag = (await self._backend.encoder_info()).tag

        async def encode(request: EncodeRequest) -> EncodeReply:
            return await reply_of_model(tag, lambda: self._backend.encode(request))

        async def split(request: SplitRequest) -> SplitReply:
            return await reply_of_model(tag, lambda: self._backend.split(request))

        vectors = await DocumentEncoder(encode, split).vectors(drafts)
        pairs = list(zip(drafts, vectors, strict=True))
        for draft, made in pairs:
            notes = made.notes if isinstance(made, DocumentVectors) else ()
            self._pictures[draft.index] = [about_picture(draft.place, note) for note in notes]
        return [(draft, await _stored(draft, vectors, tag)) for draft, vectors in pairs]

    async def _committed(self, documents: Sequence[Document]) -> Written:
        """Write documents; those for whose fields there is no room fail alone."""
        try:
            return await self._backend.upsert(self._namespace, documents)
        except TooManyFields as error:
            rest = [document for document in documents if document.id not in error.refused]
            if not rest or len(rest) == len(documents):
                raise
            for draft in self._drafts:
                if draft.id in error.refused and draft.index not in self._failed:
                    why = TooManyFields(error.refused[draft.id], draft.metadata_place)
                    self.fail(draft.index, why)
            return await self._backend.upsert(self._namespace, rest)

    def _answer(self, outcome: WriteOutcome) -> JsonResponse:
        ids: list[str | None] = [None] * self._count
        for draft in self._drafts:
            if draft.index not in outcome.failed:
                ids[draft.index] = draft.id
        failed = [{"index": i, "error": error} for i, error in sorted(outcome.failed.items())]
        return JsonResponse(
            {
                "upserted": outcome.written.changed,
                "failed": failed,
                "ids": ids,
                "version": outcome.written.version,
                "warnings": [warning for _, warning in outcome.warnings],
            }
        )

    def _warnings(self, draft: DocumentDraft) -> list[dict[str, str]]:
        unread = self._unreadable.get(draft.index)
        of_picture = self._pictures.get(draft.index, [])
        return [*draft.warnings, *([] if unread is None else [unread]), *of_picture]


async def _stored(
    draft: DocumentDraft, vectors: DocumentVectors | ItemError, tag: str
) -> Document | ItemError:
    if isinstance(vectors, ItemError):
        return vectors
    made = replace(vectors, made_by=tag)
    try:
        check_copies(draft.metadata, len(made.passages))
    except InvalidMetadata as error:
        return ItemError(error.code, str(error))
    if draft.picture is None:
        return document_of(draft, made)
    try:
        # On a thread: a large picture takes milliseconds that others wait for.
        return await asyncio.to_thread(document_of, draft, made)
    except ClipError as error:
        return ItemError(error.code, str(error))


def _failure(error: ApiError | RetrievalError) -> dict[str, Any]:
    if isinstance(error, ApiError):
        details: dict[str, Any] = error.details
    else:
        details = {"where": error.where} if error.where else {}
    message = str(error)[:MESSAGE_CHARACTERS]
    return {"code": error.code, "message": f"brAInwav: {message}", "details": bounded(details)}


def _refused(failed: Mapping[int, dict[str, Any]]) -> BadRequest:
    _, first = min(failed.items())
    return BadRequest(
        first["message"].removeprefix("brAInwav: "),
        first["code"],
        {**first["details"], "failed": [{"index": i, "error": e} for i, e in failed.items()]},
        STATUS_BY_CODE.get(first["code"], 422),
    )


def _chunks(items: Sequence[DocumentDraft], size: int) -> Iterable[Sequence[DocumentDraft]]:
    return (items[start : start + size] for start in range(0, len(items), size))
