"""Sensors that say zero, nothing or nonsense for a moment, and work that nobody meters."""

import json
import math
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sustainability.carbon import ElectricityMaps, Intensity
from sustainability.metering.ledger import WORK_KEPT_S, EnergyLedger, Tick
from sustainability.metering.messages import Finished, WorkReport
from sustainability.metering.meter import Meter
from sustainability.modes.in_force import ModeService
from sustainability.service import EnergyService
from sustainability.sources.readings import NODE, EnergyReading
from sustainability.store import TABLES, BookFile
from sustainability.work import Charges
from tests.unit.sustainability.energy_fakes import Dial, Source, key

NONSENSE = [math.nan, math.inf, -math.inf, None, "12", 1e300, -1e300, 0.0]


class Rig:
    """A meter of one counter, a second after the other."""

    def __init__(self, *sources: Source) -> None:
        self.source = sources[0] if sources else Source()
        self.clock = Dial()
        self.meter = Meter(
            list(sources or [self.source]), clock=self.clock, busy_cpu_s=Dial(), cores=2
        )
        self.meter.begin()

    def second(self, reading_j: object) -> Tick | None:
        self.source.energy_j = reading_j  # type: ignore[assignment]
        self.clock.turn(1)
        return self.meter.tick().get(NODE)


def test_zero_readings_set_no_idle_power() -> None:
    """Twenty quiet seconds of a counter that stands still, then 12 W."""
    rig = Rig()
    for _ in range(20):
        rig.second(0.0)
    assert rig.meter.idle_powers_w() == {}
    for second in range(1, 15):
        rig.second(12.0 * second)
    assert rig.meter.idle_powers_w() == {NODE: pytest.approx(12.0)}


@pytest.mark.parametrize("nonsense", NONSENSE, ids=str)
@pytest.mark.parametrize("times", [1, 5])
def test_a_reading_that_cannot_be_changes_no_total(nonsense: object, times: int) -> None:
    """What was used meanwhile is in the next that can."""
    rig = Rig()
    for second in range(1, 20):
        rig.second(10.0 * second)
    for _ in range(times):
        rig.second(nonsense)
    for second in range(20 + times, 40):
        rig.second(10.0 * second)
    assert rig.meter.measured_j == pytest.approx(390.0)
    assert rig.meter.idle_powers_w() == {NODE: pytest.approx(10.0)}


@given(st.lists(st.one_of(st.floats(), st.integers(0, 100)), max_size=30))
def test_no_readings_make_a_total_that_cannot_be(readings: list[float]) -> None:
    """Whatever they are: totals stay finite and never fall, and ticks are sums of them."""
    rig, before_j, ticks_j = Rig(), 0.0, 0.0
    for reading in readings:
        tick = rig.second(reading)
        ticks_j += tick.energy_j if tick else 0.0
        assert before_j <= rig.meter.measured_j < math.inf
        before_j = rig.meter.measured_j
    assert ticks_j == pytest.approx(before_j)


def test_a_counter_that_begins_anew_goes_on() -> None:
    """After one tick without energy; believed once it counts."""
    rig = Rig()
    rig.second(5000.0)
    readings = [(0.0, 0.0), (0.0, 0.0), (8.0, 8.0), (18.0, 10.0)]
    for reading_j, gained_j in readings:
        tick = rig.second(reading_j)
        assert tick is not None
        assert tick.energy_j == gained_j


def test_a_sensor_that_fails_takes_no_other_along() -> None:
    """And is metered again when it answers."""

    class Shaky(Source):
        fails = False

        def read(self) -> EnergyReading:
            if self.fails:
                raise OSError("fell off the bus")
            return super().read()

    node, gpu = Source(), Shaky("gpu0")
    rig = Rig(node, gpu)
    gpu.fails, gpu.energy_j = True, 40.0
    assert rig.second(10.0) is not None
    gpu.fails = False
    node.energy_j = 20.0
    rig.clock.turn(1)
    ticks = rig.meter.tick()
    assert (ticks[NODE].energy_j, ticks["gpu0"].energy_j) == (10.0, 40.0)
    assert ticks["gpu0"].length_s == 2.0


def test_a_sensor_that_answers_late_is_metered_from_then() -> None:
    """Though it said nothing when the meter began."""

    class Late(Source):
        ready = False

        def read(self) -> EnergyReading:
            return super().read() if self.ready else EnergyReading({})

    late = Late("gpu0")
    rig = Rig(Source(), late)
    late.ready, late.energy_j = True, 1000.0
    rig.second(1.0)
    late.energy_j = 1030.0
    rig.clock.turn(1)
    assert rig.meter.tick()["gpu0"].energy_j == 30.0


def test_work_without_ticks_does_not_grow() -> None:
    """A device that nobody meters: an hour of work leaves ten minutes of it."""
    ledger = EnergyLedger()
    for second in range(3600):
        ledger.add_work(second, second + 1, {(key(str(second)), "Embedder"): 0.5})
    assert len(ledger._pieces) <= WORK_KEPT_S + 2


def test_a_report_that_cannot_be_spoils_no_account() -> None:
    """Seconds and units that are no numbers are left out; the rest of it counts."""
    service, one, other = EnergyService("n1", ModeService()), key("r"), key("s", "/search")
    bad = Finished(one, "text", math.nan, math.inf, -1.0, 0.9)
    good = Finished(other, "text", 1.0, 0.1, 0.5, 0.9)
    charges = Charges({one: math.nan, other: 1.0}, {"gpu0": {one: -3.0, other: math.inf}})
    service.push(WorkReport("r1", "Embedder", "n1", 1, 0.0, 1e12, charges, (bad, good)), 1.0)
    for second in range(1, 8):
        energy_j = 10.0 if second == 1 else 0.0
        tick = Tick(second - 1, second, energy_j, 0.0, 1.0)
        service.book({NODE: tick}, Intensity(360.0, "a test"), second)
    accounts = dict(service.accounts.each("endpoint"))
    assert service.totals.requests_j == pytest.approx(10.0)
    assert accounts["/search"].energy_j == pytest.approx(10.0)
    assert "/embed" not in accounts


def test_books_that_an_earlier_release_spoilt_are_mended(tmp_path, caplog) -> None:
    """Idle power 0 is found anew, infinite sums begin anew, and parts add up to the whole."""
    path = tmp_path / "energy.sqlite"
    service = EnergyService("n1", ModeService())
    service.modes.choose("eco")
    state = dict(service.page({}).state)
    state["idle_w"] = {NODE: 0.0, "gpu0": 21.0}
    spoilt = {"measured_j": math.inf, "requests_j": 5.0, "overhead_j": math.nan, "idle_j": 7.0}
    state["totals"] = state["totals"] | spoilt
    db = sqlite3.connect(path)
    for table in TABLES:
        db.execute(table)
    rows = [(name, json.dumps(value)) for name, value in state.items()]
    db.executemany("INSERT INTO state VALUES (?, ?)", rows)
    row = ("endpoint", "/embed", math.inf, 1.0, 2.0, 3, 4.0)
    db.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.commit()
    db.close()
    with caplog.at_level("INFO", "brainwav.storage"):
        page = BookFile(path).load()
    assert page.state["idle_w"] == {"gpu0": 21.0}
    again = EnergyService("n1", ModeService())
    again.restore(page)
    assert (again.totals.measured_j, again.totals.conservation_error_j) == (12.0, 0.0)
    account = dict(again.accounts.each("endpoint"))["/embed"]
    assert (account.energy_j, account.requests) == (0.0, 3)
    assert again.modes.chosen == "eco"
    assert "figures that could not be taken out" in caplog.text


def test_a_clock_set_back_stops_no_question_for_the_intensity() -> None:
    """It is asked again when its time has passed, whatever the wall clock says."""
    asked, passed_s = [], Dial()

    def fetch(url: str, headers: dict[str, str]) -> bytes:
        asked.append(url)
        return b'{"carbonIntensity": 100}'

    source = ElectricityMaps("https://maps.test", "DE", None, fetch, 900.0, clock_s=passed_s)
    source.at(10_000.0)
    passed_s.turn(900)
    source.at(10_000.0 - 3600 + 900)
    assert len(asked) == 2
