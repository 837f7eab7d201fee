"""Which web pages may change anything here: those of listed origins, and our own.

A page of any origin can post a form to an address of this machine, without a preflight and
without reading the answer; a search by POST reads and a plan costs energy all the same.
"""

import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.hosts import Host, named_hosts, parse_host
from api.answers.errors import response
from api.errors import Forbidden, at

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing, and a page of another origin cannot read what they answer."""
ANY = "*"
OWN = "same-origin"
NO_PAGE = "none"
"""Of Sec-Fetch-Site: somebody typed the address. Pages cannot write that field, browsers do."""
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)")
_PORTS = {"http": 80, "https": 443}


def parse_origin(text: str) -> tuple[str, Host] | None:
    """Return scheme and host of an origin, a default port left out; None if it is none (`null`)."""
    match = _ORIGIN.fullmatch(text.strip(" \t").lower())
    host = parse_host(match[2]) if match else None
    if match is None or host is None:
        return None
    if host.port == _PORTS.get(match[1]):
        host = Host(host.name, None)
    return match[1], host


def written(origin: tuple[str, Host]) -> str:
    """Return an origin as browsers write it."""
    scheme, host = origin
    name = f"[{host.name}]" if ":" in host.name else host.name
    return f"{scheme}://{name}" + (f":{host.port}" if host.port else "")


def listed_origins(texts: Sequence[str]) -> tuple[str, ...]:
    """Return origins of the settings as browsers write them.

    Raises:
        ValueError: One that is none, named.
    """
    return tuple(_listed(text) for text in texts)


def _listed(text: str) -> str:
    origin = parse_origin(text)
    if text != ANY and origin is None:
        raise ValueError(f"{text!r} is no origin: scheme://host or scheme://host:port, no path")
    return ANY if origin is None else written(origin)


class OriginMiddleware:
    """Answers 403 to pages of other origins, for every method that is not safe.

    Args:
        listed: From `listed_origins`.
    """

    def __init__(self, app: ASGIApp, listed: Sequence[str]) -> None:
        self._app = app
        self._listed = frozenset(listed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origins = _values(scope, b"origin")
        listed = all(map(self._lists, origins))
        if scope["method"] not in SAFE and not _may_change(scope, origins, listed):
            error = Forbidden(
                "pages of that origin may not do this; `http.cors_origins` lists those that may",
                "foreign_origin",
                at("header.Origin", ", ".join(origins)) if origins else at("header.Sec-Fetch-Site"),
            )
            await response(Request(scope), error)(scope, receive, send)
            return
        if not listed:
            # What gives listed origins their fields must not answer for others.
            headers = [header for header in scope["headers"] if header[0] != b"origin"]
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)

    def _lists(self, text: str) -> bool:
        origin = parse_origin(text)
        return ANY in self._listed or (origin is not None and written(origin) in self._listed)


def _may_change(scope: Scope, origins: list[str], listed: bool) -> bool:
    sites = _values(scope, b"sec-fetch-site")
    if not origins:
        # No browser, or an old one: what it would say of itself decides.
        return all(site in (OWN, NO_PAGE) for site in sites)
    return (listed and len(origins) == 1) or _is_own(scope, origins, sites)


def _is_own(scope: Scope, origins: list[str], sites: list[str]) -> bool:
    """Whether the one origin is this service's own."""
    origin = parse_origin(origins[0]) if len(origins) == 1 else None
    hosts = [host for text in named_hosts(scope, b"host") if (host := parse_host(text))]
    if origin is None or len(hosts) != 1:
        return False
    if sites:
        # Scheme and port are not compared: behind TLS they are the proxy's.
        return sites == [OWN] and origin[1].name == hosts[0].name
    return _is_plainly_own(origin, hosts[0], _values(scope, b"x-forwarded-proto"))


def _is_plainly_own(origin: tuple[str, Host], host: Host, protocols: list[str]) -> bool:
    """Whether an origin is the whole address that was asked, over http.

    Over http browsers say whose page it is to loopback alone. Names that are not ours were refused
    before (`hosts.py`), so that a rebound one does not come here. Over https they do say it.
    """
    return (
        origin[0] == "http"
        and not any("https" in protocol.lower() for protocol in protocols)
        and written(origin) == written(("http", _without_default(host)))
    )


def _without_default(host: Host) -> Host:
    return Host(host.name, None) if host.port == _PORTS["http"] else host


def _values(scope: Scope, header: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == header]
