"""Joules are shared out by work and none is lost or made."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sustainability.metering.ledger import EnergyLedger, Tick, share_out
from tests.unit.sustainability.energy_fakes import key

A, B = (key("a"), "Embedder"), (key("b"), "Embedder")
positive = st.floats(0, 1e4)


def tick(start_s: float, end_s: float, energy_j: float, idle_w: float = 0.0, busy_s: float = 0.0):
    return Tick(start_s, end_s, energy_j, idle_w, busy_s)


def test_idle_comes_off_first_and_the_rest_is_shared_by_work() -> None:
    """30 J of which 10 are idle, 1:3 between two requests that kept all busy cores."""
    done = share_out(tick(0, 1, 30, 10, busy_s=2), {A: 0.5, B: 1.5})
    assert done.idle_j == 10
    assert done.requests == pytest.approx({A: 5, B: 15})
    assert done.overhead_j == pytest.approx(0)


def test_work_of_others_on_the_node_is_overhead() -> None:
    """A quarter of the busy seconds was the request's, so a quarter of the energy is."""
    done = share_out(tick(0, 1, 20, busy_s=4), {A: 1.0})
    assert done.requests == pytest.approx({A: 5})
    assert done.overhead_j == pytest.approx(15)


def test_a_tick_below_idle_power_is_all_idle() -> None:
    """Nothing negative is shared out."""
    done = share_out(tick(0, 1, 5, 10, busy_s=1), {A: 1.0})
    assert (done.idle_j, done.dynamic_j, done.overhead_j) == (5, 0, 0)


def test_work_is_matched_with_the_ticks_it_fell_into() -> None:
    """A second of work over two ticks, three quarters of it in the first."""
    ledger = EnergyLedger()
    ledger.add_energy(tick(0, 1, 8))
    ledger.add_energy(tick(1, 2, 80))
    ledger.add_work(0.25, 1.25, {A: 1.0})
    ledger.add_work(1.0, 2.0, {B: 0.75})
    first, second = ledger.settle(2)
    assert first.work_s == pytest.approx({A: 0.75})
    assert second.work_s == pytest.approx({A: 0.25, B: 0.75})
    assert second.requests == pytest.approx({A: 20, B: 60})


def test_work_that_comes_too_late_counts_in_the_next_tick() -> None:
    """It is not lost."""
    ledger = EnergyLedger()
    ledger.add_energy(tick(0, 1, 8))
    ledger.settle(1)
    ledger.add_work(0.2, 0.8, {A: 0.5})
    ledger.add_energy(tick(1, 2, 10))
    (done,) = ledger.settle(2)
    assert done.work_s == pytest.approx({A: 0.5})


ticks = st.lists(st.tuples(positive, st.floats(0, 50), positive), min_size=1, max_size=20)
works = st.lists(
    st.tuples(st.floats(0, 20), st.floats(0, 5), st.sampled_from("abcdef"), st.floats(0, 100)),
    max_size=40,
)


@given(ticks, works)
def test_requests_overhead_and_idle_are_what_was_measured(ticks, works) -> None:
    """To 1e-9 of the total, whatever the meter read and whenever work was reported."""
    ledger, parts, measured_j = EnergyLedger(), [], 0.0
    for start_s, length_s, name, seconds in works:
        ledger.add_work(start_s, start_s + length_s, {(key(name), "d"): seconds})
    for number, (energy_j, idle_w, busy_s) in enumerate(ticks):
        ledger.add_energy(Tick(number, number + 1, energy_j, idle_w, busy_s))
        measured_j += energy_j
        for done in ledger.settle(number - 1):
            parts += [done.requests_j, done.overhead_j, done.idle_j]
            assert not [share_j for share_j in done.requests.values() if share_j < 0]
            assert done.overhead_j >= -1e-9 * max(1.0, done.tick.energy_j)
    total_j = math.fsum(parts) + ledger.unsettled_j
    assert total_j == pytest.approx(measured_j, rel=1e-9, abs=1e-9)


@given(works)
def test_no_second_of_work_is_counted_twice_or_lost(works) -> None:
    """All of it falls into ticks that cover its time."""
    ledger = EnergyLedger()
    for start_s, length_s, name, seconds in works:
        ledger.add_work(start_s, start_s + length_s, {(key(name), "d"): seconds})
    for number in range(30):
        ledger.add_energy(tick(number, number + 1, 1.0))
    counted_s = math.fsum(s for done in ledger.settle(30) for s in done.work_s.values())
    assert counted_s == pytest.approx(math.fsum(work[3] for work in works), abs=1e-9)
