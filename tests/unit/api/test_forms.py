"""Multipart forms in memory: the parts that were sent, in bounded work."""

import asyncio

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bodies.forms import (
    MAX_FIELD_BYTES,
    MAX_HEADER_BYTES,
    MAX_PREAMBLE_BYTES,
    FormBounds,
    FormReader,
)
from api.errors import BadRequest

FIELDS = {"file": True, "text": False, "namespace": False}
KIND = "multipart/form-data; boundary=xx"
MOST_FILE_BYTES = 1024 * 1024
NASTY = st.lists(
    st.sampled_from([b"\r", b"\n", b"-", b"--", b"xx", b"\r\n--x", b"--xx", b"a", b"\x00"]),
    max_size=12,
).map(b"".join)


def read(body: bytes, size: int = 4096, kind: str = KIND, most: int = 10) -> list:
    """Read a form in pieces and return names with contents."""
    reader = FormReader(kind, FormBounds(FIELDS, most, MOST_FILE_BYTES))
    for start in range(0, len(body), size):
        reader.feed(body[start : start + size])
    return reader.end().multi_items()


def part(name: bytes, content: bytes, more: bytes = b"") -> bytes:
    return (
        b'--xx\r\nContent-Disposition: form-data; name="'
        + name
        + b'"'
        + more
        + b"\r\n\r\n"
        + content
        + b"\r\n"
    )


@settings(deadline=None)
@given(st.lists(NASTY, min_size=1, max_size=4), st.integers(1, 9))
def test_files_come_whole_wherever_pieces_end(files: list[bytes], size: int) -> None:
    """Beginnings of boundaries inside of them are theirs."""
    files = [file for file in files if b"\r\n--xx" not in b"\r\n" + file]
    body = b"".join(part(b"file", file, b'; filename="f"') for file in files) + b"--xx--\r\n"
    found = [asyncio.run(upload.read()) for _, upload in read(body, size)]
    assert found == files


def test_what_a_client_library_sends_is_understood() -> None:
    """Names, types and contents of a form that httpx made."""
    request = httpx.Request(
        "POST",
        "http://x",
        files=[("file", ("ä.png", b"\x89PNG", "image/png")), ("file", ("b", b"", None))],
        data={"text": "grün", "namespace": ""},
    )
    request.read()
    items = read(request.content, 3, request.headers["content-type"])
    assert items[:2] == [("text", "grün"), ("namespace", "")]
    assert [(name, file.filename, file.size) for name, file in items[2:]] == [
        ("file", "ä.png", 4),
        ("file", "b", 0),
    ]
    assert items[2][1].content_type == "image/png"


def test_what_stands_before_and_behind_the_parts_is_passed_over() -> None:
    """RFC 2046 lets both be there."""
    assert read(b"hello\r\n" + part(b"text", b"a") + b"--xx--\r\nbye") == [("text", "a")]


@pytest.mark.parametrize("size", [1, 4096])
@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (part(b"text", b"a"), "invalid_request", 400),
        (b"", "invalid_request", 400),
        (b"--xx\r\nA: " + b"b" * MAX_HEADER_BYTES, "invalid_request", 400),
        (b"--xx" + b" " * MAX_HEADER_BYTES, "invalid_request", 400),
        (b"--xx\r\n\r\na\r\n--xx--", "invalid_request", 400),
        (b"--xx\r\nno colon\r\n\r\na\r\n--xx--", "invalid_request", 400),
        (b"--xxx\r\n" + part(b"text", b"a") + b"--xx--", "invalid_request", 400),
        (part(b"txt", b"a") + b"--xx--", "invalid_request", 422),
        (part(b"text", b"a") * 2 + b"--xx--", "duplicate_key", 422),
        (part(b"text", b"\xff") + b"--xx--", "invalid_text", 422),
        (part(b"file", b"a") * 11 + b"--xx--", "too_many_items", 413),
    ],
)
def test_a_form_that_is_none_or_too_much_is_refused(
    body: bytes, code: str, status: int, size: int
) -> None:
    """By its code."""
    with pytest.raises(BadRequest) as caught:
        read(body, size)
    assert (caught.value.code, caught.value.status) == (code, status)


def test_a_field_that_is_no_file_is_short() -> None:
    """It is refused while it comes in."""
    reader = FormReader(KIND, FormBounds(FIELDS, 10, MOST_FILE_BYTES))
    reader.feed(part(b"text", b"")[:-2])
    for _ in range(MAX_FIELD_BYTES // 65_536):
        reader.feed(b"a" * 65_536)
    with pytest.raises(BadRequest, match="more than"):
        reader.feed(b"a" * 65_536)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=" + "b" * 71]
)
def test_a_form_needs_its_boundary(kind: str) -> None:
    """One of 1 to 70 characters."""
    with pytest.raises(BadRequest, match="boundary"):
        FormReader(kind, FormBounds(FIELDS, 10, MOST_FILE_BYTES))


def test_of_a_file_that_is_too_long_no_more_is_kept_than_shows_it() -> None:
    """Its neighbours are whole: one of a batch does not decide for the others."""
    long = b"a" * (3 * MOST_FILE_BYTES)
    body = part(b"file", long, b'; filename="a"') + part(b"file", b"b", b'; filename="b"')
    items = read(body + b"--xx--\r\n", size=64 * 1024)
    assert [file.size for _, file in items] == [MOST_FILE_BYTES + 1, 1]


@pytest.mark.parametrize("unit", [b"a", b"\r\n", b"--x\r\n"])
def test_a_form_whose_first_boundary_does_not_come_is_not_read_to_its_end(unit: bytes) -> None:
    """What stands before it is short, and read by nobody."""
    reader = FormReader(KIND, FormBounds(FIELDS, 10, MOST_FILE_BYTES))
    reader.feed(unit * (MAX_PREAMBLE_BYTES // len(unit)))
    with pytest.raises(BadRequest, match="first boundary"):
        reader.feed(unit * 100)
