"""The server over HTTP: on loopback, for known hosts and origins, with the caller's own key.

Each request stands alone: there are no sessions, so that none can be taken over by another key.
"""

from collections.abc import Mapping
from typing import Any

import httpx
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deployments.assistants.caller import ServiceCaller, said_by

LOOPBACK = "127.0.0.1"
PATH = "/mcp"


def http_application(server: Server[Any], port: int, caller: ServiceCaller) -> ASGIApp:
    """Return the ASGI application of a server that listens on a port of loopback."""
    names = [f"{host}:{port}" for host in (LOOPBACK, "localhost", "[::1]")]
    # By name and port: a page elsewhere that has its name lead here is refused (DNS rebinding).
    known = TransportSecuritySettings(
        allowed_hosts=names, allowed_origins=[f"http://{name}" for name in names]
    )
    inner = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        transport_security=known,
    )
    return KeyDoor(inner, caller, names)


class KeyDoor:
    """Asks the service whether it knows the key before the protocol is spoken.

    Host and Origin are looked at first, so that no foreign page can try keys here.
    """

    def __init__(self, app: ASGIApp, caller: ServiceCaller, hosts: list[str]) -> None:
        self._app, self._caller, self._hosts = app, caller, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._is_known(headers):
            # Refused by the SDK, in its own words.
            await self._app(scope, receive, send)
            return
        refusal = await self._refusal(headers)
        await (refusal or self._app)(scope, receive, send)

    def _is_known(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        origins = {f"http://{host}" for host in self._hosts}
        return headers.get("host") in self._hosts and (origin is None or origin in origins)

    async def _refusal(self, headers: Mapping[str, str]) -> JSONResponse | None:
        """Return what a caller is told whose key the service does not take."""
        asking = self._caller.showing(headers)
        try:
            answer = await asking.client.get("/namespaces", headers=dict(asking.headers))
        except httpx.HTTPError:
            return JSONResponse({"error": "the service does not answer"}, 503)
        if answer.is_success:
            return None
        said = {"error": said_by(answer)}
        challenge = {"WWW-Authenticate": "Bearer"} if answer.status_code == 401 else {}
        return JSONResponse(said, answer.status_code, challenge)
