"""Pictures by URL: off by default, and where hosts are listed, never a way into this network.

A name is resolved once, every address it has must be public, and that address is dialled, so a
name that changes between check and call (DNS rebinding) changes nothing. Each redirect is a new
URL, checked as the first.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, BadRequest, at
from reliability.deadline import left_s
from reliability.identity.public_address import is_public

MIB = 1024 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
AT_ONCE = 4

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class PictureUrls(BaseModel):
    """Whose pictures may be fetched, and how much of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[str, ...] = ()
    """Exact names; none means that URLs are refused."""
    max_bytes: int = Field(default=16 * MIB, ge=1)
    """Of the file."""
    max_redirects: int = Field(default=3, ge=0)
    """Each is checked as a new URL."""
    timeout_s: float = Field(default=5.0, gt=0)
    """From the wait for a free connection to the last byte, redirects included."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return every address of a host."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class PictureFetcher:
    """Fetches pictures from listed hosts."""

    def __init__(
        self,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        dialler: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """Take what tests replace: the look-up, the trusted authorities, the way out."""
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=AT_ONCE,
            max_keepalive_connections=0,
            network_backend=PublicOnly(resolve, dialler),
        )
        self._places = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str, place: str, rules: PictureUrls) -> bytes:
        """Return the file behind a URL.

        Raises:
            BadRequest: URLs are off, the URL is not allowed, or its answer is no file within
                the bounds; ``place`` is named, what the network is like is not.
        """
        if not rules.hosts:
            raise _refused("pictures from URLs are off; send the file", place, "urls_disabled")
        try:
            async with asyncio.timeout(left_s(rules.timeout_s)), self._places:
                return await self._follow(url, place, rules)
        except TimeoutError:
            raise _refused(f"no answer within {rules.timeout_s:g} s", place) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError):
            raise _refused("the host cannot be reached", place) from None
        except _NotPublic:
            raise _refused("the host's address is not public", place) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def _follow(self, url: str, place: str, rules: PictureUrls) -> bytes:
        for _ in range(rules.max_redirects + 1):
            _check(url, place, rules)
            headers = [("Host", urlsplit(url).netloc), ("Accept", "image/*")]
            headers.append(("Accept-Encoding", "identity"))
            async with self._pool.stream("GET", url, headers=headers) as answer:
                if answer.status in REDIRECTS:
                    url = urljoin(url, _field(answer.headers, b"location"))
                    continue
                if answer.status != 200:
                    raise _refused(f"the host answered {answer.status}", place)
                if _field(answer.headers, b"content-encoding") not in ("", "identity"):
                    raise _refused("the answer is compressed", place)
                return await _capped(answer, place, rules.max_bytes)
        raise _refused(f"more than {rules.max_redirects} redirects", place)


class _NotPublic(Exception):
    """A name that leads into this or another private network."""


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Dials public addresses only, and exactly those it has looked at."""

    def __init__(self, resolve: Resolve, inner: Any = None) -> None:
        self._resolve = resolve
        self._inner: Any = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve once, check every address, dial the first."""
        addresses = [ipaddress.ip_address(a) for a in await self._resolve(host, port)]
        if not addresses or not all(map(is_public, addresses)):
            raise _NotPublic(host)
        return await self._inner.connect_tcp(
            str(addresses[0]), port, timeout, local_address, socket_options
        )

    async def sleep(self, seconds: float) -> None:
        """Wait between httpcore's own retries."""
        await self._inner.sleep(seconds)


def _check(url: str, place: str, rules: PictureUrls) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("this is no URL", place) from None
    if not url.isascii() or any(character <= " " for character in url):
        raise _refused("this is no URL", place)
    if parts.scheme != "https" or port not in (None, 443):
        raise _refused("only https on its usual port is fetched", place)
    if parts.username is not None or parts.password is not None:
        raise _refused("a URL with a user or password is not fetched", place)
    if host not in rules.hosts:
        raise _refused(f"{host!r:.100} is not one of the allowed hosts", place)


async def _capped(answer: httpcore.Response, place: str, most: int) -> bytes:
    pieces, size = [], 0
    async for piece in answer.aiter_stream():
        size += len(piece)
        if size > most:
            raise BadRequest(
                f"{place}: the file has more than {most} bytes", "image_too_large", at(place), 413
            )
        pieces.append(piece)
    return b"".join(pieces)


def _field(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str:
    return next((v.decode("latin-1") for k, v in headers if k.lower() == name), "")


def _refused(why: str, place: str, code: str = "picture_url_refused") -> ApiError:
    return BadRequest(f"{place}: {why}", code, at(place))
