"""A large body is refused in the piece that shows what is wrong with it, not at its end."""

import asyncio
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

PIECE = 64 * 1024
PIECES = 240
"""Fifteen MiB."""


def sent(client: TestClient, path: str, begin: bytes, unit: bytes) -> tuple[int, str, int]:
    """Send a body piece by piece; return status, code, and how many pieces were asked for."""
    pieces = iter([begin] + [unit * (PIECE // len(unit))] * PIECES)
    asked, said = 0, {"status": 0, "body": b""}

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: dict[str, Any]) -> None:
        said["status"] = message.get("status", said["status"])
        said["body"] += message.get("body", b"")

    kind = b"multipart/form-data; boundary=xx" if path.endswith("upload") else b"application/json"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT" if path == "/documents" else "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", kind),
            (b"transfer-encoding", b"chunked"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    asyncio.run(client.app(scope, receive, send))
    return said["status"], json.loads(said["body"])["error"]["code"], asked


@pytest.mark.parametrize("path", ["/embed", "/documents", "/search", "/agents/plan"])
@pytest.mark.parametrize(
    ("begin", "unit", "code"),
    [
        (b'{"x": "', b"s", "invalid_request"),
        (b'{"', b"n", "invalid_request"),
        (b"[", b'"' + b"s" * 4_000 + b'",', "invalid_request"),
        (b"{", b" ", "invalid_request"),
        (b'{"' + b"k" * 20_000 + b'": 1', b',"' + b"k" * 20_000 + b'": 1', "invalid_request"),
    ],
    ids=["unknown member", "endless name", "list", "spaces", "long names"],
)
def test_what_follows_a_mistake_is_not_read(
    client: TestClient, path: str, begin: bytes, unit: bytes, code: str
) -> None:
    """Little more than a megabyte is."""
    status, found, asked = sent(client, path, begin, unit)
    assert (status, found) == (422, code)
    assert asked <= 20


@pytest.mark.parametrize("unit", [b"a", b"\r\n"])
def test_a_form_without_a_boundary_is_not_read(client: TestClient, unit: bytes) -> None:
    """It would have to come at once."""
    status, code, asked = sent(client, "/documents/upload", b"", unit)
    assert (status, code) == (400, "invalid_request")
    assert asked <= 4
