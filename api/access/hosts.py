"""Which names a service answers to: a Host that is none of them was invented, or is rebound DNS.

A page of `evil.example` whose name is pointed at 127.0.0.1 after it was loaded is of one origin
with this service, as its browser sees it, and reads every answer. What it cannot change is the
name: the browser goes on sending `Host: evil.example`. API keys stop it as well, since the page
has none.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access.identity import Identity
from api.answers.errors import response
from api.errors import UnknownHost, at

EXEMPT = frozenset({"/health/live", "/health/ready"})
"""Kubelets and load balancers probe by address. They tell nobody more than that it runs."""
_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*"
)
_PORT = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Host:
    """A Host, taken apart."""

    name: str
    """In lower case, without the dot that may end it; an IPv6 address without brackets."""
    port: int | None

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The address that it is, None for a name."""
        try:
            return ipaddress.ip_address(self.name)
        except ValueError:
            return None

    @property
    def is_loopback(self) -> bool:
        """Whether it names this machine for everybody: `localhost`, 127.0.0.0/8 or `[::1]`."""
        address = self.address
        if address is None:
            return self.name == "localhost"
        # ::ffff:127.0.0.1 is none: nobody needs it.
        mapped = address.version == 6 and address.ipv4_mapped is not None
        return address.is_loopback and not mapped


def parse_host(text: str) -> Host | None:
    """Return a Host taken apart; None if it is no name or address with or without a port.

    Userinfo, paths, zones and short forms of addresses (`127.1`) are none.
    """
    text = text.strip(" \t").lower()
    if text.startswith("["):
        name, bracket, rest = text[1:].partition("]")
        try:
            name = str(ipaddress.IPv6Address(name)) if "%" not in name else ""
        except ValueError:
            return None
        if not (name and bracket and (not rest or rest.startswith(":"))):
            return None
        colon, port = rest[:1], rest[1:]
    else:
        name, colon, port = text.partition(":")
        name = name.removesuffix(".")
        if not _NAME.fullmatch(name):
            return None
    if not colon:
        return Host(name, None)
    if not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
        return None
    return Host(name, int(port))


class KnownHosts:
    """The names of the settings, and those of loopback.

    Args:
        allowed: Names or addresses, with a port where only that one counts; `*.example.org` stands
            for every name below.
        any_name: Answer to whatever name, as where every caller needs a key anyway.

    Raises:
        ValueError: One that can be no Host.
    """

    def __init__(self, allowed: Sequence[str] = (), any_name: bool = False) -> None:
        self._any = any_name
        self._exact: set[Host] = set()
        self._below: set[Host] = set()
        for text in allowed:
            below = text.startswith("*.")
            host = parse_host(text.removeprefix("*."))
            if host is None or (below and host.address is not None):
                raise ValueError(f"{text!r} is no host name or address, with or without a port")
            (self._below if below else self._exact).add(host)
        # Nearly every request names the same one.
        self._remembered = lru_cache(maxsize=256)(self._knows)

    def knows(self, text: str) -> bool:
        """Whether it is a name of this service."""
        return self._any or self._remembered(text)

    def _knows(self, text: str) -> bool:
        host = parse_host(text)
        if host is None:
            return False
        ports = (None, host.port)
        return (
            host.is_loopback
            or any(host.name == known.name and known.port in ports for known in self._exact)
            or any(
                host.name.endswith("." + known.name) and known.port in ports
                for known in self._below
            )
        )


class HostMiddleware:
    """Answers 421 to whoever asks for another name."""

    def __init__(self, app: ASGIApp, known: KnownHosts, identity: Identity | None) -> None:
        self._app = app
        self._known = known
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _route_path(scope) in EXEMPT:
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
        except UnknownHost as error:
            await response(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        hosts = named_hosts(scope, b"host")
        forwarded: list[str] = []
        if self._identity is not None and self._identity.is_behind_trusted_proxy(scope):
            forwarded = named_hosts(scope, b"x-forwarded-host")
        if forwarded:
            # What the nearest proxy wrote stands last.
            self._check_one(forwarded[-1].rpartition(",")[2], "header.X-Forwarded-Host")
            if len(hosts) == 1 and _is_inside(hosts[0]):
                # The proxy put in its own name for us.
                return
        self._check_one(hosts[0] if len(hosts) == 1 else "", "header.Host")

    def _check_one(self, host: str, where: str) -> None:
        if not self._known.knows(host):
            raise UnknownHost(
                "this service does not answer to that name; `identity.allowed_hosts` lists those "
                "it has",
                "unknown_host",
                at(where, host),
            )


def named_hosts(scope: Scope, header: bytes) -> list[str]:
    """Return every value of a header that names hosts."""
    return [value.decode("latin-1") for name, value in scope["headers"] if name == header]


def _is_inside(text: str) -> bool:
    """Whether it is an address or a name without a dot, which no page of the Internet can have.

    A page could send X-Forwarded-Host through a proxy that passes it on, but under its own Host.
    """
    host = parse_host(text)
    return host is not None and (host.address is not None or "." not in host.name)


def _route_path(scope: Scope) -> str:
    return scope["path"].removeprefix(scope.get("root_path", "")) or "/"
