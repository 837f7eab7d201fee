"""When parts of an index in memory are joined."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.store.reading.held.joining import FEW, MOST_MERGED, first_joined


def joined(sizes):
    """Return the parts that stand after each of these came, and what all joining took."""
    parts, work = [], 0
    for size in sizes:
        parts.append(size)
        first = first_joined(parts)
        if first < len(parts):
            work += sum(parts[first:])
            parts[first:] = [sum(parts[first:])]
    return parts, work


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=300))
def test_there_are_few_parts_and_nothing_is_lost(sizes):
    """Fewer than eight, and those that are large beside all that came later."""
    parts, _ = joined(sizes)
    assert sum(parts) == sum(sizes)
    assert len(parts) < FEW + sum(sizes).bit_length()


def test_joining_is_rare():
    """Of writes of one size an entry is moved once in a while, not with each write."""
    _, work = joined([400] * 256)
    # Two by two, as soon as there are two of a size, it would be eight times.
    assert work <= 5 * 256 * 400


def test_a_large_part_stays():
    """Whatever comes after it, and whatever came before."""
    parts, _ = joined([MOST_MERGED, MOST_MERGED, *[10] * 20])
    assert parts[:2] == [MOST_MERGED, MOST_MERGED]
    assert len(parts) < 2 + FEW + 4
