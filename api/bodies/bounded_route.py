"""Routes whose bodies are read within bounds: nothing is parsed before it was found small enough.

Every router that takes bodies names ``BodyRoute`` as its ``route_class``; a test fails on a
route that does not.
"""

import typing
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from fastapi import Request, Response, params
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.access.route_rules import rule_of_scope
from api.bodies.body_limit import declared_bytes
from api.bodies.forms import FormBounds, FormReader
from api.bodies.json_body import parsed
from api.bodies.json_shape import PIECE_BYTES, JsonShape, ShapeError
from api.bodies.limits import RequestLimits
from api.bodies.outermost_names import OutermostNames, known_names
from api.bodies.reading_turns import ReadingTurn
from api.bodies.strict_route import StrictRoute
from api.bodies.turns import in_turns
from api.errors import BadRequest, at

NAMES_FROM_BYTES = 1024 * 1024
"""A body of more is refused for a name before it is whole; up to then it is told what else is wrong
with it (`api.bodies.outermost_names`)."""
EXTRA_PARTS = 16
"""Of a form, beside its files."""


class BodyRoute(StrictRoute):
    """A route that reads its body here instead of in the framework."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return the handler with the body read before it runs."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        read = self._reader(self.body_field.field_info)

        async def bounded(request: Request) -> Response:
            return await handle(await read(request))

        return bounded

    def _reader(self, body: FieldInfo) -> Callable[[Request], Awaitable[Request]]:
        if not isinstance(body, params.Form):
            known = known_names(body.annotation)
            return lambda request: _read_json(request, known)
        fields = {
            parameter.alias: typing.get_origin(parameter.field_info.annotation) is list
            for parameter in self.dependant.body_params
        }
        return lambda request: _read_form(request, fields)


class _Read(Request):
    """A request whose body was read; its bytes are not kept."""

    json_content: Any = None
    form_content: FormData = FormData()
    is_empty = True

    async def body(self) -> bytes:
        """Return whether there was a body: what it held is in ``json``."""
        return b"" if self.is_empty else b"read"

    async def json(self) -> Any:
        """Return what the body held."""
        return self.json_content

    def form(self, **_limits: Any) -> Awaitable[FormData]:  # type: ignore[override]
        """Return what the form held."""

        async def content() -> FormData:
            return self.form_content

        return content()


async def _read_json(request: Request, known: frozenset[str] | None) -> Request:
    shared = request.app.state.shared
    limits: RequestLimits = shared.limits
    body = rule_of_scope(request.scope).body
    shape = JsonShape(limits.shape(body), with_borders=True)
    names = OutermostNames(known) if known is not None else None
    kept = bytearray()
    read = _Read(request.scope, request.receive)

    def take(piece: bytes) -> None:
        shape.feed(piece)
        kept.extend(piece)
        if names is not None and shape.borders is not None and len(kept) > NAMES_FROM_BYTES:
            names.look(kept, shape.borders)

    async with _turn(request) as turn:
        try:
            async for pieces in _chunks(request, turn):
                if not kept:
                    _check_media_type(request, "application/json")
                    # Most bodies are one piece: nobody's large body keeps them waiting.
                    take(pieces.pop(0))
                if pieces:
                    await in_turns(take, pieces)
            shape.end()
        except ShapeError as error:
            raise refusal(error) from None
        if kept:
            read.is_empty = False
            # Within the turn: what was read and waits to be parsed would pile up.
            read.json_content = await parsed(kept, shape, shared.parsing, limits.item_bytes)
    return read


async def _read_form(request: Request, fields: dict[str, bool]) -> Request:
    limits: RequestLimits = request.app.state.shared.limits
    reader = None
    async with _turn(request) as turn:
        async for pieces in _chunks(request, turn):
            if reader is None:
                _check_media_type(request, "multipart/form-data")
                most_bytes = max(limits.max_picture_bytes, limits.max_file_bytes)
                bounds = FormBounds(fields, limits.max_documents + EXTRA_PARTS, most_bytes)
                reader = FormReader(request.headers["content-type"], bounds)
            await in_turns(reader.feed, pieces)
    read = _Read(request.scope, request.receive)
    if reader is not None:
        read.form_content = reader.end()
    return read


def refusal(error: ShapeError, place: str = "body") -> BadRequest:
    """Return the answer to a body, or a text of JSON in it, that holds too much."""
    too_much = error.code in ("too_many_values", "text_too_long")
    return BadRequest(error.message, error.code, at(place), 413 if too_much else 422)


def _turn(request: Request) -> ReadingTurn:
    shared = request.app.state.shared
    ticket = request.scope.get("state", {}).get("ticket")
    client = ticket.client.name if ticket is not None else ""
    declared = declared_bytes(request.scope)
    return shared.turns.body(client, declared, shared.limits.large_body_wait_s)


async def _chunks(request: Request, turn: ReadingTurn) -> AsyncIterator[list[bytes]]:
    """Yield the body as it comes, in pieces that take a bounded time each."""
    stream = request.stream()
    try:
        while True:
            turn.await_more()
            chunk = await anext(stream, None)
            turn.came()
            if chunk is None:
                return
            await turn.take(len(chunk))
            if chunk:
                yield [
                    chunk[start : start + PIECE_BYTES]
                    for start in range(0, len(chunk), PIECE_BYTES)
                ]
    except ClientDisconnect:
        raise HTTPException(400, "the body ended before its length") from None


def _check_media_type(request: Request, wanted: str) -> None:
    given = request.headers.get("content-type", "")
    media_type = given.partition(";")[0].strip().lower()
    is_json = media_type.startswith("application/") and media_type.endswith("+json")
    if media_type != wanted and not (is_json and wanted == "application/json"):
        came = f"with Content-Type {media_type[:80]!r}" if media_type else "without a Content-Type"
        raise BadRequest(
            f"the body came {came}; send it with `Content-Type: {wanted}`",
            "unsupported_media_type",
            at("header.content-type", media_type[:80]),
            415,
        )
