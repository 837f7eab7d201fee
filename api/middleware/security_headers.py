"""Headers that tell browsers to trust nothing they need not trust."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
# Swagger UI comes from this server and starts itself by an inline script.
DOCS = (
    b"content-security-policy",
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; frame-ancestors 'none'",
)
NO_STORE = (b"cache-control", b"no-store")


class SecurityHeadersMiddleware:
    """Adds them to every answer that does not say otherwise itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_docs = scope["path"].startswith(("/docs", "/static-offline-docs"))
        added = (*ALWAYS, DOCS) if is_docs else (*ALWAYS, NOTHING, NO_STORE)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                present = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(h for h in added if h[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)
