"""Base64 is read as people send it: broken into lines, bare, for URLs, in a data URI."""

import asyncio
import base64
import textwrap
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from served import b64, client_over, refused
from starlette.testclient import TestClient

from api.bodies import decoding
from api.bodies.decoding import picture_bytes, read_picture
from api.errors import BadRequest
from tests.towers import picture_file

PICTURE = picture_file("red", (40, 30))
SPELLINGS: dict[str, Callable[[bytes], str]] = {
    "MIME lines": lambda data: base64.encodebytes(data).decode(),
    "PEM lines of Windows": lambda data: "\r\n".join(textwrap.wrap(b64(data), 64)),
    "spaces around": lambda data: f"  {b64(data)}\n",
    "no padding": lambda data: b64(data).rstrip("="),
    "for URLs": lambda data: base64.urlsafe_b64encode(data).decode(),
    "for URLs, no padding": lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
    "DATA in capitals": lambda data: f"DATA:image/png;BASE64,{b64(data)}",
    "data URI with parameters": lambda data: f"data:image/png;name=a.png;base64,{b64(data)}",
    "data URI without a type": lambda data: f"data:;base64,{b64(data)}",
    "data URI in lines": lambda data: (
        f" data:image/png;base64,\n{base64.encodebytes(data).decode()}"
    ),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_over(tmp_path_factory.mktemp("index")) as client:
        yield client


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_the_same_picture(client: TestClient, spelling: str) -> None:
    """On each route that takes pictures in JSON."""
    text = SPELLINGS[spelling](PICTURE)
    bodies = {
        "/embed": {"inputs": [{"image_base64": text}]},
        "/v1/embeddings": {"model": "colours", "modality": "image", "input": text},
        "/agents/plan": {"goal": "red", "image_base64": text},
    }
    document = {"id": "a", "image_base64": text}
    assert client.put("/documents", json={"documents": [document]}).json()["failed"] == []
    assert client.get("/documents/a/image").content == PICTURE
    assert client.post("/search", json={"image_base64": text}).json()["results"][0]["id"] == "a"
    for path, body in bodies.items():
        assert client.post(path, json=body).status_code == 200, path


@settings(deadline=None)
@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 300), max_size=6))
def test_any_bytes_survive_any_cut_into_lines_and_pieces(data: bytes, cuts: list[int]) -> None:
    """Whole and in pieces, in both alphabets, with and without padding."""
    for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
        text = alphabet(data).decode()
        for cut in cuts:
            text = text[:cut] + "\n" + text[cut:]
        for spelled in (text, text.replace("=", "")):
            assert picture_bytes(spelled, "here") == data
            assert _in_pieces(spelled, 7) == data


def _in_pieces(text: str, size: int) -> bytes:
    decoder = decoding.Decoder("here")
    pieces = [decoder.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return b"".join(pieces) + decoder.end()


@pytest.mark.parametrize(
    "text", ["a", "abcde", "ab=c", "ab==cd==", "a!bc", "äbcd", "data:image/png,abcd", "ab\u200bcd"]
)
def test_what_is_no_base64_is_refused_by_its_place(client: TestClient, text: str) -> None:
    """Whatever length it has; nothing is decoded to something else."""
    answer = client.post("/search", json={"image_base64": text})
    error = refused(answer, 422, "invalid_base64")
    assert error["details"]["where"] == "image_base64"
    assert error["message"].count("image_base64") == 1


def test_a_large_picture_is_bounded_while_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its bytes, not by its line breaks."""
    monkeypatch.setattr(decoding, "CHUNK_CHARACTERS", 64)
    data = bytes(range(256)) * 4
    spelled = base64.encodebytes(data).decode()
    assert asyncio.run(read_picture(spelled, "here", len(data))) == data
    with pytest.raises(BadRequest) as refusal:
        asyncio.run(read_picture(spelled, "here", len(data) - 1))
    assert (refusal.value.code, refusal.value.status) == ("image_too_large", 413)
