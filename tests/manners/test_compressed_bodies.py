"""Bodies in gzip and deflate are as good as plain ones, and bounded by what they unpack to."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from served import client_over, refused
from starlette.testclient import TestClient

from api.bodies.content_encoding import PIECE_BYTES, Unpacker
from api.bodies.limits import RequestLimits
from api.errors import BadRequest

BODY = json.dumps({"inputs": [{"text": "red"}]}).encode()
JSON = {"Content-Type": "application/json"}


def raw(data: bytes) -> bytes:
    """Return deflate without zlib's frame, as some clients have it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED = {
    "gzip": gzip.compress(BODY, mtime=0),
    "x-gzip": gzip.compress(BODY, mtime=0),
    "GZIP": gzip.compress(BODY[:9], mtime=0) + gzip.compress(BODY[9:], mtime=0),
    "deflate": zlib.compress(BODY),
    "Deflate": raw(BODY),
    "identity": BODY,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_over(tmp_path_factory.mktemp("index")) as client:
        yield client


@pytest.mark.parametrize("coding", PACKED)
def test_a_compressed_body_is_read_as_it_was(client: TestClient, coding: str) -> None:
    """In each container, in any case, of several members."""
    headers = JSON | {"Content-Encoding": coding}
    answer = client.post("/embed", content=PACKED[coding], headers=headers)
    assert answer.status_code == 200, answer.text


def test_a_compressed_form_is_read_too(client: TestClient) -> None:
    """Whatever a body holds."""
    plain = client.build_request(
        "POST", "/documents/upload", files={"file": ("a.txt", b"red words", "text/plain")}
    )
    headers = {"Content-Type": plain.headers["content-type"], "Content-Encoding": "gzip"}
    content = gzip.compress(plain.read())
    answer = client.post("/documents/upload", content=content, headers=headers)
    assert answer.json()["upserted"] == 1


def test_a_write_that_is_compressed_anew_is_the_same_write(client: TestClient) -> None:
    """An Idempotency-Key stands for what was sent, not for the time in gzip's head."""
    body = json.dumps({"documents": [{"text": "red"}]}).encode()
    headers = JSON | {"Content-Encoding": "gzip", "Idempotency-Key": "packed"}
    first, second = (
        client.put("/documents", content=gzip.compress(body, mtime=time), headers=headers)
        for time in (1, 2)
    )
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_bomb_is_refused_at_the_cap(tmp_path: Path, pack) -> None:
    """413 after the cap's bytes, though it is a thousandth of that as sent."""
    limits = RequestLimits(max_body_bytes=300_000)
    coding = "gzip" if pack is gzip.compress else "deflate"
    bomb = pack(b'{"inputs": [{"text": "' + b" " * 50_000_000)
    assert len(bomb) < 100_000
    with client_over(tmp_path, limits) as client:
        headers = JSON | {"Content-Encoding": coding}
        refused(client.post("/embed", content=bomb, headers=headers), 413, "body_too_large")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip, br"])
def test_another_coding_is_refused_by_name(client: TestClient, coding: str) -> None:
    """With those that are understood."""
    answer = client.post("/embed", content=BODY, headers=JSON | {"Content-Encoding": coding})
    error = refused(answer, 415, "unsupported_content_encoding")
    assert error["details"]["where"] == "header.content-encoding"
    assert "gzip" in error["message"]


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("gzip", BODY),
        ("gzip", PACKED["gzip"][:-4]),
        ("gzip", PACKED["gzip"] + b"more"),
        ("deflate", PACKED["deflate"][:-1]),
        ("deflate", PACKED["deflate"] + b"more"),
        ("deflate", b"x"),
    ],
)
def test_a_broken_stream_is_the_bodys_fault(client: TestClient, coding, content) -> None:
    """400, never a half-read body."""
    answer = client.post("/embed", content=content, headers=JSON | {"Content-Encoding": coding})
    refused(answer, 400, "invalid_encoding")


@given(
    data=st.binary(max_size=400),
    times=st.integers(1, 2000),
    coding=st.sampled_from(["gzip", "deflate", "raw"]),
    size=st.integers(1, 50),
)
def test_pieces_put_together_are_the_data(data, times, coding, size) -> None:
    """However they come in, and none is larger than a piece."""
    data *= times
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "raw": raw}[coding](data)
    unpacker = Unpacker("deflate" if coding == "raw" else coding)
    pieces = [
        piece
        for start in range(0, len(packed), size)
        for piece in unpacker.pieces(packed[start : start + size])
    ]
    unpacker.end()
    assert b"".join(pieces) == data
    assert all(len(piece) <= PIECE_BYTES for piece in pieces)


def test_a_stream_that_is_cut_anywhere_is_told() -> None:
    """No prefix of it passes for the whole."""
    for length in range(len(PACKED["gzip"])):
        unpacker = Unpacker("gzip")
        list(unpacker.pieces(PACKED["gzip"][:length]))
        with pytest.raises(BadRequest):
            unpacker.end()
