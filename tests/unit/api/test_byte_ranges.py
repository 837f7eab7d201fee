"""Parts of a file: against slicing by hand, and what is no range takes all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.answers.byte_ranges import ByteRange, NoSuchRange, wanted_range

TAG = '"a"'
DATA = bytes(range(10))


def part(header: str, condition: str | None = None) -> bytes | None:
    found = wanted_range(header, condition, TAG, len(DATA))
    return None if found is None else DATA[found.start : found.end]


@given(st.integers(0, 12), st.integers(0, 12))
def test_a_range_is_a_slice(first: int, last: int) -> None:
    """With a last byte, without, and from the end."""
    if last < first:
        assert part(f"bytes={first}-{last}") is None
    elif first < len(DATA):
        assert part(f"bytes={first}-{last}") == DATA[first : last + 1]
        assert part(f"bytes={first}-") == DATA[first:]
    else:
        with pytest.raises(NoSuchRange):
            part(f"bytes={first}-")
    if last:
        assert part(f"bytes=-{last}") == DATA[-last:]
    else:
        with pytest.raises(NoSuchRange):
            part("bytes=-0")


@pytest.mark.parametrize(
    "header",
    ["bytes=-", "bytes=0-1,3-4", "lines=0-1", "bytes", "bytes=a-b", "", "bytes=1-" + "9" * 99],
)
def test_what_is_not_understood_is_answered_by_the_whole(header: str) -> None:
    """Several ranges, other units, rubbish, numbers beyond all files."""
    assert part(header) is None


def test_a_part_of_another_file_is_not_sent() -> None:
    """`If-Range` names what the client has a part of: else it gets the new file whole."""
    assert part("bytes=2-3", TAG) == DATA[2:4]
    assert part("bytes=2-3", '"b"') is None
    assert part("bytes=2-3", f"W/{TAG}") is None
    assert part("bytes=2-3", "Wed, 21 Oct 2015 07:28:00 GMT") is None


def test_a_part_says_where_it_stands() -> None:
    """The last byte is named, not the one behind it."""
    assert ByteRange(2, 4).told(10) == "bytes 2-3/10"
