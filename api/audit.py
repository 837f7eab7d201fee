"""Acts that are recorded: what destroys, and what only administrators may do.

An act is written down before it is done and its outcome after, both before the answer leaves. What
cannot be written down is not done (503). Inside of admission, so that the client is known; what
the door refuses was no act, and logs have it.
"""

from collections.abc import Mapping
from urllib.parse import unquote

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.admission import Ticket, route_path
from api.access.identity import ANYBODY
from api.access.route_rules import RouteRule, rule_of
from api.access.scoped_backend import ScopedBackend
from api.answers.errors import response
from api.backend import Backend
from api.errors import ApiError
from telemetry.logs import get_logger

log = get_logger()

ADMINISTERS = "administer"
"""Of administrators' routes that have no name of their own."""


def act_of(rule: RouteRule) -> str | None:
    """Return what the log calls requests of a route; None: they are not recorded."""
    if rule.act is None and rule.access == "administrator":
        return ADMINISTERS
    return rule.act


def told(scope: Scope, **more: str) -> None:
    """Note what of an act stands in its body, to be recorded with its outcome."""
    scope.setdefault("state", {}).setdefault("act", {}).update(more)


class AuditMiddleware:
    """Records acts in the backend's audit log."""

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self._app = app
        self._backend = backend

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        act = None
        if scope["type"] == "http":
            act = act_of(rule_of(scope["method"], route_path(scope)))
        if act is None:
            await self._app(scope, receive, send)
            return
        try:
            await self._recorded(act, scope, receive, send)
        except ApiError as error:
            await response(Request(scope), error)(scope, receive, send)

    async def _recorded(self, act: str, scope: Scope, receive: Receive, send: Send) -> None:
        ticket = scope.get("state", {}).get("ticket") or Ticket(ANYBODY)
        backend = ScopedBackend(self._backend, ticket.client)
        request_id = scope.get("state", {}).get("request_id", "")
        number = await backend.audit_begin("", act, request_id, _what(scope))

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                more: Mapping[str, str] = scope.get("state", {}).get("act", {})
                try:
                    await backend.audit_end(number, message["status"], more)
                except ApiError as error:
                    # It is done; the log says of it that its outcome is not known.
                    log.error("audit.no_outcome", number=number, error=str(error))
            await send(message)

        await self._app(scope, receive, send_recorded)


def _what(scope: Scope) -> dict[str, str]:
    query = unquote(scope.get("query_string", b"").decode("latin-1"), errors="replace")
    what = {"method": scope["method"], "path": scope["path"]}
    return what | ({"query": query} if query else {})
