"""Readings become ticks: PUE, idle power, counters that fail."""

import pytest

from sustainability.metering.idle import IdleCalibration
from sustainability.metering.meter import Meter
from sustainability.sources.linear import LinearSource
from sustainability.sources.readings import NODE
from tests.unit.sustainability.energy_fakes import Dial, Source


def meter(*sources: Source, **options) -> tuple[Meter, Dial, Dial]:
    clock, busy = Dial(), Dial()
    made = Meter(list(sources), clock=clock, busy_cpu_s=busy, cores=2, **options)
    made.begin()
    return made, clock, busy


def test_a_tick_is_what_was_read_since_the_last_times_pue() -> None:
    """Idle power too: the building's energy falls on idle seconds as well."""
    source = Source(idle_w=10.0)
    made, clock, busy = meter(source, pue=1.5)
    source.energy_j += 40.0
    clock.turn(2)
    busy.turn(3)
    tick = made.tick()[NODE]
    assert (tick.energy_j, tick.idle_power_w, tick.busy_s, tick.length_s) == (60, 15, 3, 2)
    assert made.measured_j == 60


def test_each_accelerator_is_a_domain_of_its_own() -> None:
    """With its own joules and busy seconds."""
    source, gpu = Source(), Source("gpu0")
    made, clock, _ = meter(source, gpu)
    gpu.energy_j, gpu.busy_s = 100.0, 0.5
    clock.turn(1)
    ticks = made.tick()
    assert (ticks["gpu0"].energy_j, ticks["gpu0"].busy_s) == (100, 0.5)
    assert ticks[NODE].energy_j == 0


def test_a_counter_that_was_reset_gives_nothing_back() -> None:
    """One tick is lost instead."""
    source = Source()
    made, clock, _ = meter(source)
    source.energy_j = -50.0
    clock.turn(1)
    assert made.tick()[NODE].energy_j == 0
    source.energy_j = -45.0
    clock.turn(1)
    assert made.tick()[NODE].energy_j == 5


def test_a_source_that_cannot_begin_leaves_the_others_alone() -> None:
    """A machine may lack any of them."""

    class Broken(Source):
        def begin(self) -> None:
            raise OSError("no such device")

    made, clock, _ = meter(Broken("gpu0"), Source())
    clock.turn(1)
    assert set(made.tick()) == {NODE}


def test_idle_power_is_the_least_mean_of_ten_quiet_seconds() -> None:
    """A single low tick is noise, and a busy second breaks the row."""
    idle = IdleCalibration()
    for _ in range(9):
        idle.observe(8.0, 1.0, load=0.02)
    idle.observe(30.0, 1.0, load=0.9)
    assert idle.power_w is None
    assert idle.or_least(7.0) == 7.0
    for energy_j in (9.0, 11.0) * 5:
        idle.observe(energy_j, 1.0, load=0.02)
    assert idle.power_w == pytest.approx(10.0)


def test_idle_power_found_earlier_is_kept() -> None:
    """And given to the next run."""
    source = Source()
    made = Meter([source], clock=Dial(), busy_cpu_s=Dial(), cores=2)
    made.begin({NODE: 12.0})
    assert made.idle_powers_w() == {NODE: 12.0}


def test_a_linear_model_charges_a_cpu_second_the_same_at_any_load() -> None:
    """10 W idle, 30 W with both cores busy: 10 J a CPU second."""
    clock, busy = Dial(), Dial()
    source = LinearSource(10.0, 30.0, clock, busy, cores=2)
    source.begin()
    clock.turn(4)
    busy.turn(3)
    assert source.read().energy_j == {NODE: pytest.approx(70.0)}
    assert source.joules_per_cpu_s == pytest.approx(10.0)
