"""What is due when a process holds more than it may."""

from hypothesis import given
from hypothesis import strategies as st

from reliability.memory_bound import PATIENCE_S, Levels, MemoryAction, MemoryBound, levels

MIB = 1024 * 1024
BOUND = Levels(replace=100, end=120)


def test_a_bound_counts_from_what_was_held_at_the_start() -> None:
    """A model of eight GiB may grow as far as one of one."""
    small, big = (levels(start * MIB, 512 * MIB, 64_000 * MIB) for start in (1024, 8192))
    assert small == Levels((1024 + 512) * MIB, (1024 + 640) * MIB)
    assert big == Levels((8192 + 512) * MIB, (8192 + 640) * MIB)


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.integers(1, 2**40), st.integers(0, 2**40))
def test_no_growth_takes_all_that_the_machine_had_left(
    start: int, growth: int, machine: int, more: int
) -> None:
    """And a bigger setting or machine never makes a bound smaller."""
    found = levels(start, growth, machine)
    assert start <= found.replace <= found.end
    assert found.end <= max(start, machine)
    assert levels(start, growth + more, machine).replace >= found.replace
    assert levels(start, growth, machine + more).replace >= found.replace


def test_a_peak_is_borne() -> None:
    bound = MemoryBound(BOUND)
    assert bound.look(101, 0.0) is MemoryAction.TRIM
    assert bound.look(101, PATIENCE_S / 2) is MemoryAction.NOTHING
    assert bound.look(100, PATIENCE_S) is MemoryAction.NOTHING
    assert bound.look(101, PATIENCE_S + 1) is MemoryAction.TRIM
    assert bound.look(101, 2 * PATIENCE_S) is MemoryAction.NOTHING


def test_what_lasts_asks_for_a_replacement_once() -> None:
    bound = MemoryBound(BOUND)
    assert bound.look(110, 0.0) is MemoryAction.TRIM
    assert bound.look(110, PATIENCE_S) is MemoryAction.REPLACE
    assert bound.look(110, PATIENCE_S + 1) is MemoryAction.NOTHING
    assert bound.look(90, PATIENCE_S + 2) is MemoryAction.NOTHING


def test_far_above_it_ends_at_once_whatever_was_before() -> None:
    for before in (0, 110):
        bound = MemoryBound(BOUND)
        bound.look(before, 0.0)
        assert bound.look(121, 0.1) is MemoryAction.END
