"""Pictures by URL over real TLS: a server on loopback stands in for the open internet."""

import asyncio
import datetime
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.bodies.picture_urls import PictureFetcher, PictureUrls
from api.errors import BadRequest

PUBLIC = "93.184.215.14"
NAME = "pictures.example"
RULES = PictureUrls(hosts=(NAME,), max_bytes=1000, timeout_s=5)


def certified(folder: Path, name: str) -> Path:
    """Write a certificate that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Loopback(httpcore.AnyIOBackend):
    """The way out: what is dialled is noted, and a server on loopback answers."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self.dialled: list[tuple[str, int]] = []

    async def connect_tcp(self, host, port, *rest, **named):
        self.dialled.append((host, port))
        return await super().connect_tcp("127.0.0.1", self._port, *rest, **named)


class Server:
    """Answers every request with the same bytes; remembers what was asked for."""

    def __init__(self, certificate: Path, answer: Callable[[asyncio.StreamWriter], None]) -> None:
        self.names: list[str | None] = []
        self.heads: list[bytes] = []
        self._answer = answer
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self._tls.sni_callback = lambda _socket, name, _context: self.names.append(name)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            self._answer(writer)
            await writer.drain()
            await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def fetched(self, trusted: Path, addresses: Sequence[str], url: str) -> bytes:
        """Return what a fetcher gets from this server."""

        async def resolve(host: str, port: int) -> Sequence[str]:
            return addresses

        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.way = Loopback(server.sockets[0].getsockname()[1])
        tls = ssl.create_default_context(cafile=str(trusted))
        fetcher = PictureFetcher(resolve, tls, self.way)
        try:
            return await fetcher.fetch(url, "inputs.0.image_url", RULES)
        finally:
            await fetcher.close()
            server.close()


def body(data: bytes) -> Callable[[asyncio.StreamWriter], None]:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    return lambda writer: writer.write(head + data)


def test_the_name_is_checked_at_the_address_that_was_looked_at(tmp_path: Path) -> None:
    """The address is dialled; SNI, Host and the certificate are those of the name."""
    certificate = certified(tmp_path, NAME)
    server = Server(certificate, body(b"picture"))
    got = asyncio.run(server.fetched(certificate, [PUBLIC], f"https://{NAME}/a.png?size=1"))
    assert got == b"picture"
    assert server.way.dialled == [(PUBLIC, 443)]
    assert server.names == [NAME]
    assert server.heads[0].startswith(b"GET /a.png?size=1 HTTP/1.1\r\n")
    assert b"\r\nHost: pictures.example\r\n" in server.heads[0]


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    """An address that changed hands answers for somebody else."""
    certificate = certified(tmp_path, "other.example")
    server = Server(certificate, body(b"picture"))
    with pytest.raises(BadRequest, match="cannot be reached"):
        asyncio.run(server.fetched(certificate, [PUBLIC], f"https://{NAME}/a.png"))
    assert server.heads == []


def test_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    """Nobody but the trusted authorities vouches for a name."""
    (tmp_path / "else").mkdir()
    trusted = certified(tmp_path / "else", NAME)
    server = Server(certified(tmp_path, NAME), body(b"picture"))
    with pytest.raises(BadRequest, match="cannot be reached"):
        asyncio.run(server.fetched(trusted, [PUBLIC], f"https://{NAME}/a.png"))
    assert server.heads == []


def test_an_endless_body_is_cut_off_at_the_cap(tmp_path: Path) -> None:
    """Chunked, without a length: counted while it comes."""

    def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            writer.write(b"64\r\n" + b"x" * 100 + b"\r\n")

    certificate = certified(tmp_path, NAME)
    with pytest.raises(BadRequest) as refused:
        asyncio.run(
            Server(certificate, endless).fetched(certificate, [PUBLIC], f"https://{NAME}/a.png")
        )
    assert refused.value.status == 413


def test_loopback_itself_is_never_dialled(tmp_path: Path) -> None:
    """The server is there and would answer; its address alone decides."""
    certificate = certified(tmp_path, NAME)
    server = Server(certificate, body(b"picture"))
    with pytest.raises(BadRequest, match="not public"):
        asyncio.run(server.fetched(certificate, ["127.0.0.1"], f"https://{NAME}/a.png"))
    assert server.way.dialled == []
