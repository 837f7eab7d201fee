"""Pictures by URL: a listed host, a public address, and nothing else."""

import asyncio
import ipaddress
from collections.abc import Sequence

import httpcore
import pytest

from api.bodies.picture_urls import PictureFetcher, PictureUrls, PublicOnly, is_public
from api.errors import BadRequest

RULES = PictureUrls(hosts=("pictures.example",), max_bytes=1000, max_redirects=2)
URL = "https://pictures.example/a.png"


class Script(PictureFetcher):
    """A fetcher whose hosts answer from a list, over no network."""

    def __init__(self, answers: list[bytes], addresses: Sequence[str] = ("93.184.215.14",)) -> None:
        self.looked_up: list[str] = []
        self.dialled: list[str] = []
        script = self

        async def resolve(host: str, port: int) -> Sequence[str]:
            script.looked_up.append(host)
            return addresses

        class Inner(httpcore.AsyncMockBackend):
            async def connect_tcp(self, host, *rest, **named):
                script.dialled.append(host)
                return httpcore.AsyncMockStream([answers.pop(0)])

        super().__init__(resolve)
        self._pool = httpcore.AsyncConnectionPool(
            network_backend=PublicOnly(resolve, Inner([])), max_keepalive_connections=0
        )


def answer(status: str, *fields: str, body: bytes = b"") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields])
    return head.encode() + b"\r\n\r\n" + body


def fetched(fetcher: PictureFetcher, url: str = URL, rules: PictureUrls = RULES) -> bytes:
    return asyncio.run(fetcher.fetch(url, "inputs.0.image_url", rules))


def refusal(fetcher: PictureFetcher, url: str = URL, rules: PictureUrls = RULES) -> BadRequest:
    with pytest.raises(BadRequest) as refused:
        fetched(fetcher, url, rules)
    assert refused.value.details["where"] == "inputs.0.image_url"
    return refused.value


def test_a_listed_host_is_looked_up_once_and_that_address_is_dialled() -> None:
    """Nothing is left for a name that changes its mind."""
    fetcher = Script([answer("200 OK", body=b"picture")])
    assert fetched(fetcher) == b"picture"
    assert fetcher.looked_up == ["pictures.example"]
    assert fetcher.dialled == ["93.184.215.14"]


def test_urls_are_off_by_default() -> None:
    """A code of its own, and no look-up."""
    fetcher = Script([])
    assert refusal(fetcher, rules=PictureUrls()).code == "urls_disabled"
    assert fetcher.looked_up == []


@pytest.mark.parametrize(
    "url",
    [
        "http://pictures.example/a.png",
        "https://pictures.example:8443/a.png",
        "https://user:pass@pictures.example/a.png",
        "https://evil.example/a.png",
        "https://pictures.example.evil.example/a.png",
        "https://pictures.example@evil.example/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "https://pictures.example\\@evil.example/",
        "https://pictures.example/a\r\nHost: evil",
        "https://pictures.example:port/",
        "file:///etc/passwd",
        "gopher://pictures.example/",
        "//pictures.example/a.png",
        "",
    ],
)
def test_any_other_url_is_refused_without_a_look_up(url: str) -> None:
    """Schemes, ports, users, look-alikes, line breaks."""
    fetcher = Script([])
    refusal(fetcher, url)
    assert fetcher.looked_up == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:db8::1",
        "::ffff:127.0.0.1",
    ],
)
def test_an_address_that_is_not_public_is_not_dialled(address: str) -> None:
    """Neither alone nor beside a public one; and the answer does not name it."""
    assert not is_public(ipaddress.ip_address(address))
    for addresses in ([address], ["93.184.215.14", address]):
        fetcher = Script([], addresses)
        assert address not in refusal(fetcher).message
        assert fetcher.dialled == []


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses_are(address: str) -> None:
    """The open internet."""
    assert is_public(ipaddress.ip_address(address))


def test_each_redirect_is_checked_as_the_first() -> None:
    """Within the host it is followed, out of it never, and not for ever."""
    within = [answer("302 Found", "Location: /b.png"), answer("200 OK", body=b"b")]
    assert fetched(Script(within)) == b"b"
    for target in ("https://evil.example/", "http://pictures.example/", "https://127.0.0.1/"):
        fetcher = Script([answer("302 Found", f"Location: {target}")])
        refusal(fetcher)
        assert len(fetcher.dialled) == 1
    loop = Script([answer("302 Found", "Location: /a.png")] * 3)
    assert "redirects" in refusal(loop).message


def test_size_status_and_compression_are_bounded() -> None:
    """Bytes are counted while they come."""
    assert refusal(Script([answer("200 OK", body=b"x" * 1001)])).status == 413
    assert "404" in refusal(Script([answer("404 Not Found")])).message
    zipped = answer("200 OK", "Content-Encoding: gzip", body=b"x")
    assert "compressed" in refusal(Script([zipped])).message


def test_a_host_that_does_not_answer_costs_a_bounded_time() -> None:
    """The whole of it has one deadline."""

    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    rules = RULES.model_copy(update={"timeout_s": 0.01})
    assert "no answer" in refusal(PictureFetcher(never), rules=rules).message
