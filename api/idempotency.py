"""`Idempotency-Key`: a write that is sent again is done once and answered alike, for 24 hours.

The ids of documents that have none are drawn from a seed that belongs to the key, so that a write
that is repeated after a kill or a deadline, when nobody knows how far it came, writes the same
documents again instead of others.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Header, Request, UploadFile
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.dependencies import Context
from api.errors import ApiError, BadRequest, at
from reliability.deadline import left_s
from retrieval.documents import new_id
from retrieval.errors import RetrievalError

NAME = "idempotency-key"
REPLAYED = "Idempotency-Replayed"
WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}")
LONGEST_S = 600.0
"""A request that says nothing for so long is given up, whatever its deadline."""
HEADER = NAME.encode()
DIGEST = "body_digest"
"""Where the request's state has it."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        description="1-255 visible ASCII characters of your choice. The same key with the same "
        "body within 24 hours is written once and answered alike (`Idempotency-Replayed: true`); "
        "another body is 422 `idempotency_key_reused`, a request that still runs 409",
        json_schema_extra={"pattern": r"^[!-~]{1,255}$"},
    ),
]


@dataclass(frozen=True, slots=True)
class DocumentIds:
    """Draws ids for documents that have none."""

    seed: str | None

    def draw(self, index: int) -> str:
        """Return the id of the document at ``index``, the same one for the same seed."""
        if self.seed is None:
            return new_id()
        return hashlib.sha256(f"{self.seed}:{index}".encode()).hexdigest()[:32]

    def job(self) -> str:
        """Return the id of the job that the write may become, the same one for the same seed."""
        if self.seed is None:
            return new_id()
        return hashlib.sha256(f"{self.seed}:job".encode()).hexdigest()[:32]


class BodyDigestMiddleware:
    """Has the digest of a body made while it is read, where a request has an Idempotency-Key.

    What was read is not kept by anybody, and reading it again would cost its memory.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or all(name != HEADER for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        digest = scope.setdefault("state", {})[DIGEST] = hashlib.sha256()

        async def receive_digested() -> Message:
            message = await receive()
            digest.update(message.get("body", b""))
            return message

        await self._app(scope, receive_digested, send)


async def body_digest(request: Request) -> bytes:
    """Return the digest of a body that was read; nothing but its end where no key was sent."""
    digest = request.scope.get("state", {}).get(DIGEST)
    return b"" if digest is None else digest.digest()


async def form_digest(fields: Sequence[str], files: Sequence[UploadFile]) -> bytes:
    """Return the digest of a form's content; its files can be read again afterwards."""
    digest = hashlib.sha256()
    for field in fields:
        _add(digest, field.encode("utf-8", "surrogatepass"))
    for file in files:
        named = f"{file.filename}\n{file.content_type}"
        _add(digest, named.encode("utf-8", "surrogatepass"))
        # On a thread: hashing many bytes lets go of the interpreter's lock.
        await asyncio.to_thread(_add, digest, await file.read())
        await file.seek(0)
    return digest.digest()


async def once(
    request: Request,
    ctx: Context,
    content: Coroutine[Any, Any, bytes],
    serve: Callable[[DocumentIds], Awaitable[Response]],
) -> Response:
    """Serve a write, once for each Idempotency-Key.

    Args:
        request: For the header.
        ctx: Its client's keys are nobody else's.
        content: Returns the digest of what was sent, asked only where there is a key.
        serve: Does the write.

    Raises:
        BadRequest: The key is malformed, or came with another body.
        Conflict: The same request still runs.
    """
    with closing(content):
        key = _key(request)
        if key is None:
            return await serve(DocumentIds(None))
        fingerprint = _fingerprint(request, await content)
    backend, name = ctx.backend, ctx.client.name
    known = await backend.begin_once(name, key, fingerprint, left_s(LONGEST_S))
    if known.status is not None:
        headers = {REPLAYED: "true"} | _fields(known.status, known.answer)
        return Response(known.answer, known.status, headers, media_type="application/json")
    try:
        answer = await serve(DocumentIds(known.seed))
    except BaseException as error:
        # Also when the caller hung up: then this task has no time left for it.
        release = backend.release_once(name, key, _wrote_nothing(error))
        await asyncio.shield(_quietly(release))
        raise
    await _quietly(backend.end_once(name, key, answer.status_code, bytes(answer.body)))
    return answer


def _key(request: Request) -> str | None:
    sent = request.headers.getlist(NAME)
    if not sent:
        return None
    if len(sent) > 1 or not WELL_FORMED.fullmatch(sent[0]):
        raise BadRequest(
            "Idempotency-Key is sent once, with 1 to 255 visible ASCII characters",
            "invalid_idempotency_key",
            at(f"header.{NAME}", ", ".join(sent)),
        )
    return sent[0]


def _fingerprint(request: Request, content: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in (request.method.encode(), request.url.path.encode(), content):
        _add(digest, part)
    return digest.digest()


def _add(digest: "hashlib._Hash", part: bytes) -> None:
    # Length first, so that no two parts can pass for others.
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)


def _fields(status: int, answer: bytes) -> dict[str, str]:
    """Return the fields that an answer had: where its job is, the state of a document."""
    content = orjson.loads(answer)
    where = {"Location": f"/jobs/{content['id']}"} if status == 202 else {}
    return where | ({"ETag": content["etag"]} if "etag" in content else {})


def _wrote_nothing(error: BaseException) -> bool:
    """Whether a failure is known to have come before anything was written."""
    if isinstance(error, ApiError):
        return error.status < 500
    return isinstance(error, RetrievalError)


async def _quietly(telling: Awaitable[None]) -> None:
    """Tell the book; where it cannot be told, the key is free again once its time is over."""
    try:
        await telling
    except ApiError:
        return
