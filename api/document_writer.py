"""Writing documents: encoded in chunks, committed together, the rotten ones listed apart."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from api.answers.responses import JsonResponse
from api.backend import Backend, Written
from api.document_drafts import DocumentDraft
from api.errors import MESSAGE_CHARACTERS, STATUS_BY_CODE, ApiError, BadRequest, at, bounded
from api.input_checks import about_picture, unreadable
from retrieval.clip.errors import ClipError
from retrieval.documents import Document
from retrieval.drafts import DocumentEncoder, DocumentVectors, document_of
from retrieval.encoding import EncodeReply, EncodeRequest, ItemError
from retrieval.errors import RetrievalError, TooManyFields
from retrieval.search.query_vectors import reply_of_model, retry_on_model_change

ENCODE_CHUNK = 64
"""Documents encoded by one call, so that a large write shares the encoder with others."""


class DocumentWriter:
    """Writes what a request brought into one namespace.

    Args:
        backend: The service as the client sees it.
        namespace: Where to.
        count: Documents of the request, those that failed already included.
    """

    def __init__(self, backend: Backend, namespace: str, count: int) -> None:
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

    async def write(self) -> JsonResponse:
        """Write what was taken and return the answer.

        Raises:
            BadRequest: Nothing is left to be written.
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
        _refuse_if_nothing_left(documents, self._failed)
        return self._answer(await self._committed(documents))

    def _warn(self, draft: DocumentDraft, document: Document) -> None:
        if document.text is not None and document.text_vector is None:
            warning = unreadable(draft.text_place, "it is found by its words only")
            self._unreadable[draft.index] = warning

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

        vectors = await DocumentEncoder(encode).vectors(drafts)
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

    def _answer(self, written: Written) -> JsonResponse:
        kept = [draft for draft in self._drafts if draft.index not in self._failed]
        ids: list[str | None] = [None] * self._count
        for draft in kept:
            ids[draft.index] = draft.id
        failed = [{"index": index, "error": error} for index, error in sorted(self._failed.items())]
        return JsonResponse(
            {
                "upserted": written.changed,
                "failed": failed,
                "ids": ids,
                "version": written.version,
                "warnings": [warning for draft in kept for warning in self._warnings(draft)],
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
    made = DocumentVectors(vectors.text, vectors.image, tag)
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


def _refuse_if_nothing_left(documents: Sequence[Document], failed: dict[int, dict]) -> None:
    if documents:
        return
    _, first = min(failed.items())
    raise BadRequest(
        first["message"].removeprefix("brAInwav: "),
        first["code"],
        {**first["details"], "failed": [{"index": i, "error": e} for i, e in failed.items()]},
        STATUS_BY_CODE.get(first["code"], 422),
    )


def _chunks(items: Sequence[DocumentDraft], size: int) -> Iterable[Sequence[DocumentDraft]]:
    return (items[start : start + size] for start in range(0, len(items), size))
