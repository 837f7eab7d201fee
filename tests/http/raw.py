"""Bytes over a connection, and what comes back: for requests that no client library sends."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

HOST = b"Host: localhost\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """What the one error shape holds; fails where it is another."""
        assert self.fields["content-type"] == "application/json", self
        error = json.loads(self.body)["error"]
        assert list(error) == ["code", "message", "request_id", "details"]
        assert error["message"].startswith("brAInwav: ")
        return error


@contextmanager
def connected(url: str, source: str = "127.0.0.1") -> Iterator[socket.socket]:
    """A connection from an address of this machine; one that is refused may end at once."""
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as connection:
        connection.settimeout(30)
        connection.bind((source, 0))
        with suppress(ConnectionResetError):
            connection.connect((host, int(port)))
        yield connection


def said(connection: socket.socket) -> bytes:
    """Return everything until the other side closes."""
    text = b""
    try:
        while some := connection.recv(65536):
            text += some
    except ConnectionResetError:
        pass
    return text


def parsed(text: bytes) -> Answer:
    """Return the first answer that is no `100 Continue`."""
    while text.startswith(b"HTTP/1.1 100"):
        text = text.partition(b"\r\n\r\n")[2]
    head, _, rest = text.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    named = dict(field.split(": ", 1) for field in fields)
    named = {name.lower(): value for name, value in named.items()}
    length = int(named.get("content-length", len(rest)))
    return Answer(int(line.split()[1]), named, rest[:length])


def asked(url: str, *parts: bytes, source: str = "127.0.0.1") -> Answer:
    """Send bytes and return the answer; the other side must close."""
    with connected(url, source) as connection:
        for part in parts:
            connection.sendall(part)
        return parsed(said(connection))
