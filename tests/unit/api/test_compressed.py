"""Scrapers ask for gzip; what they get is the text they would have got without."""

import gzip

import pytest

from api.answers.compressed import LastCompressed, accepts_gzip


def test_a_text_is_compressed_once() -> None:
    """However often it is asked for; another one anew."""
    made: list[bytes] = []

    def compress(text: bytes, level: int) -> bytes:
        made.append(text)
        return gzip.compress(text, level)

    last = LastCompressed(compress)
    one, other = b"one " * 100, b"other " * 100
    assert gzip.decompress(last.of(one)) == one
    assert gzip.decompress(last.of(one)) == one
    assert gzip.decompress(last.of(other)) == other
    assert made == [one, other]


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, False),
        ("", False),
        ("identity", False),
        ("gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("gzip;q=0.5", True),
    ],
)
def test_only_who_asks_gets_it(header: str | None, accepted: bool) -> None:
    """A client that does not say so may not be able to read it."""
    assert accepts_gzip(header) is accepted
