"""A request's body is capped by its class of route while it is read, and bodies together by memory.

Caps may change while running.
"""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.rate_settings import Overload
from api.access.route_rules import rule_of_scope
from api.bodies.account import BodyAccount
from api.bodies.limits import RequestLimits
from api.errors import BadRequest, at


class BodyLimitMiddleware:
    """Answers 413 as soon as the declared or received length passes the cap of its route.

    429 when the client's bodies together would pass its share, and 503 when all bodies of this
    replica would pass theirs: so many requests may run because most are small, and memory must
    not depend on that.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Callable[[], RequestLimits],
        overload: Callable[[], Overload],
        account: BodyAccount,
    ) -> None:
        self._app = app
        self._limits = limits
        self._overload = overload
        self._account = account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._limits().body_bytes(rule_of_scope(scope).body)
        overload = self._overload()
        room = overload.max_body_bytes_at_once, overload.max_body_bytes_per_client
        declared: int | None = None
        received = 0
        with self._account.open(_client_name(scope), not _is_form(scope)) as holding:

            async def capped_receive() -> Message:
                nonlocal declared, received
                if declared is None:
                    # Only now: a request that is refused for something else says that.
                    declared = declared_bytes(scope)
                    if declared > most:
                        raise _too_large(declared, most)
                    holding.expect(declared, *room)
                message = await receive()
                chunk = message.get("body", b"")
                received += len(chunk)
                if received > most:
                    raise _too_large(received, most)
                holding.receive(chunk, *room)
                return message

            await self._app(scope, capped_receive, send)


def declared_bytes(scope: Scope) -> int:
    """Return what Content-Length says, 0 where nothing does.

    Raises:
        BadRequest: It is no number, or several that differ.
    """
    values = {value for name, value in scope["headers"] if name == b"content-length"}
    if not values:
        return 0
    value = values.pop()
    if values or not value.isdigit() or len(value) > 18:
        raise BadRequest(
            "Content-Length is one whole number", None, at("header.content-length"), 400
        )
    return int(value)


def _is_form(scope: Scope) -> bool:
    return any(
        name == b"content-type" and value.lower().startswith(b"multipart/")
        for name, value in scope["headers"]
    )


def _client_name(scope: Scope) -> str:
    ticket = scope.get("state", {}).get("ticket")
    return ticket.client.name if ticket is not None else ""


def _too_large(size: int, most: int) -> BadRequest:
    return BadRequest(
        f"the body has {size} bytes or more, at most {most} are allowed",
        "body_too_large",
        at("body", size),
        413,
    )
