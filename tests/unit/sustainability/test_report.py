"""The report adds up, over nodes too, and names its methods."""

import pytest

from sustainability.metering.accounts import MOST_NAMES, OTHERS, Accounts, EnergyAccount, Totals
from sustainability.reporting.metrics import samples
from sustainability.reporting.report import render, savings
from sustainability.reporting.sci import Embodied
from sustainability.reporting.snapshot import EnergySnapshot, ModeState
from sustainability.sources.readings import NODE, MeasuringMethod
from telemetry.registry import Registry


def snapshot(node: str = "n1", method: str = "cpu_load") -> EnergySnapshot:
    return EnergySnapshot(
        node=node,
        ready=True,
        totals=Totals(3600.0, 900.0, 300.0, 2400.0, 0.4, 60.0, 5.0),
        unsettled_j=12.0,
        meter_j=3612.0,
        power_w=61.0,
        idle_power_w={NODE: 40.0},
        methods={NODE: MeasuringMethod(method, "a test")},
        pue=1.2,
        intensity_g_per_kwh=400.0,
        intensity_source="a test",
        estimated_j=880.0,
        settled_j=800.0,
        mode=ModeState("eco", "eco", "chosen", replicas={"r1": "eco"}),
        accounts={
            "endpoint": {"/embed": EnergyAccount(900.0, 0.1, 30.0, 90, 180.0)},
            "client": {"key:a": EnergyAccount(900.0, 0.1, 30.0, 90, 180.0)},
            "domain": {NODE: EnergyAccount(3600.0, 0.4, 60.0)},
            "mode_total": {"eco": EnergyAccount(600.0, 0.0, 30.0)},
        },
    )


def test_the_parts_add_up() -> None:
    """Measured = requests + overhead + idle, and the meter is those and what is unsettled."""
    report = render([snapshot()], Embodied())
    parts_j = report["requests_j"] + report["overhead_j"] + report["idle_j"]
    assert report["measured_j"] == pytest.approx(parts_j)
    assert report["meter_j"] == pytest.approx(report["measured_j"] + report["unsettled_j"])
    assert report["conservation_error_j"] == pytest.approx(0)
    assert report["average_power_w"] == pytest.approx(60.0)
    assert report["requests_per_wh"] == pytest.approx(90.0)
    assert report["estimate_bias_ratio"] == pytest.approx(1.1)
    assert report["range"] == {"low": pytest.approx(0.6), "high": pytest.approx(1.4)}


def test_an_endpoint_carries_its_part_of_idle_and_overhead() -> None:
    """Fully loaded figures add up to all that was measured."""
    (row,) = render([snapshot()], Embodied())["endpoints"]
    assert row["fully_loaded_j"] == pytest.approx(3600.0)
    assert row["j_per_request"] == pytest.approx(10.0)
    assert row["wh_per_request"] == pytest.approx(10 / 3600)
    assert row["sci_g_per_unit"] > 0.4 / 180


def test_nodes_are_summed() -> None:
    """Each with its own method; the range is the wider one's by its energy."""
    report = render([snapshot("n1"), snapshot("n2", "rapl")], Embodied())
    assert report["measured_j"] == pytest.approx(7200.0)
    assert report["average_power_w"] == pytest.approx(120.0)
    assert report["method"] == "cpu_load + rapl"
    assert report["range"]["low"] == pytest.approx((0.6 + 0.95) / 2)
    assert [node["node"] for node in report["nodes"]] == ["n1", "n2"]


def test_a_saving_needs_work_in_both_modes() -> None:
    """Per unit, against full on the same endpoint."""
    accounts = {
        "full /embed": EnergyAccount(100.0, 0, 10.0, 50, 50.0),
        "eco /embed": EnergyAccount(80.0, 0, 6.0, 100, 100.0),
        "eco /search": EnergyAccount(1.0, 0, 1.0, 100, 100.0),
        "power_cap /embed": EnergyAccount(1.0, 0, 1.0, 1, 1.0),
    }
    (row,) = savings(accounts)
    assert (row["mode"], row["endpoint"]) == ("eco", "/embed")
    assert row["energy_saved"] == pytest.approx(0.6)
    assert row["cpu_saved"] == pytest.approx(0.7)


def test_metrics_count_from_the_start_of_the_process() -> None:
    """What an earlier process counted is its own; gauges are as they are."""
    now, before = snapshot(), snapshot()
    before.totals.requests_j, before.totals.idle_j = 400.0, 1400.0
    before.accounts["endpoint"]["/embed"].energy_j = 250.0
    found = {(name, *labels): value for name, labels, value in samples(now, before)}
    parts = [found["brainwav_energy_joules_total", p] for p in ("requests", "overhead", "idle")]
    assert parts == [500.0, 0.0, 1000.0]
    assert found["brainwav_request_energy_joules_total", "/embed"] == 650.0
    assert found["brainwav_low_power_mode", "eco"] == 1.0
    assert found["brainwav_low_power_mode", "full"] == 0.0
    assert found["brainwav_energy_estimate_bias_ratio",] == pytest.approx(0.1)


def test_every_sample_is_in_the_table_of_metrics() -> None:
    """With as many labels as the table says."""
    registry = Registry()
    told = list(samples(snapshot(), snapshot()))
    for name, labels, value in told:
        registry.set(name, *labels, to=value)
    assert told


def test_names_are_bounded() -> None:
    """Whoever makes up clients fills one account and not the memory."""
    accounts = Accounts()
    for number in range(MOST_NAMES + 50):
        accounts.of("client", str(number)).requests += 1
    accounts.of("endpoint", "/embed").requests += 1
    clients = dict(accounts.each("client"))
    assert len(clients) == MOST_NAMES + 1
    assert clients[OTHERS].requests == 50
