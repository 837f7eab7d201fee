"""Deployments whose file of state fails: they say so, go on, and recover by themselves."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from deployments.monitoring.hub import HubService
from deployments.rate_limiter import RateLimiter
from deployments.replica import state_files
from deployments.replica.pushes import SLO, Push
from reliability.limits.leases import Grant, LeaseRequest
from reliability.limits.token_bucket import Policy
from reliability.slo.file import load_objectives
from reliability.slo.recorder import SloRecorder
from storage.errors import NewerStore, StoreDown
from telemetry.aggregate import MetricSource
from telemetry.hub_file import HubFile
from telemetry.registry import Registry, Snapshot
from telemetry.series import key
from tests.unit.storage.faults import locked

OBJECTIVES = load_objectives()
COUNTER = key("brainwav_http_requests_total", ("POST", "/embed", "200"))
ASK = LeaseRequest("k", Policy("p", 60, 60, 60), 1, 1)


async def limiter_at(path: Path) -> Any:
    limiter = object.__new__(RateLimiter.func_or_class)  # type: ignore[call-overload]
    await limiter.__init__(None, str(path))
    limiter._tidying.cancel()
    return limiter


def test_a_locked_file_stops_no_lease_for_good(tmp_path) -> None:
    """While it lasts the probe and the metric say so; then leases are settled at once."""

    async def run() -> None:
        limiter = await limiter_at(tmp_path / "b.sqlite")
        with locked(tmp_path / "b.sqlite"):
            with pytest.raises(StoreDown):
                await limiter.settle("r", [ASK], [])
            # Told in every round, or replicas would go now by it and now by themselves.
            with pytest.raises(StoreDown):
                await limiter.settle("r", [], [])
            assert "locked" in (await limiter.probe())["not_written"]
            gauges = limiter.replica.snapshot().snapshot.gauges
            assert gauges[key("brainwav_state_written", ("RateLimiter",))] == 0.0
        [answer] = (await limiter.settle("r", [ASK], [])).answers
        assert isinstance(answer, Grant)
        assert "not_written" not in await limiter.probe()
        assert (await limiter.probe())["write_failures"] == 2
        limiter._journal.close()

    asyncio.run(run())


def test_who_starts_beside_a_lock_waits_for_its_file(tmp_path, monkeypatch) -> None:
    """To begin without what was kept would give tokens away."""
    monkeypatch.setattr(state_files, "TRY_S", 0.0)

    async def run() -> None:
        path = tmp_path / "b.sqlite"
        (await limiter_at(path))._journal.close()
        with locked(path):
            starting = asyncio.create_task(limiter_at(path))
            done, _ = await asyncio.wait({starting}, timeout=0.2)
            assert not done
        (await starting)._journal.close()

    asyncio.run(run())


def test_a_newer_file_is_not_waited_for(tmp_path) -> None:
    """It will not become older."""
    file = HubFile(tmp_path / "m.sqlite")
    file.db.execute("PRAGMA user_version = 99")
    file.close()

    async def run() -> None:
        with pytest.raises(NewerStore, match="newer version"):
            await state_files.opened(lambda: HubFile(tmp_path / "m.sqlite"), "m")

    asyncio.run(run())


class Clock:
    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


class Hub:
    """A service of the hub on a wall clock that can be set and one that only goes on."""

    def __init__(self, path: Path) -> None:
        self.path, self.wall, self.steady = path, Clock(1.8e9), Clock(500.0)
        self.registry, self.recorder, self.sequence = Registry(), SloRecorder(OBJECTIVES), 0
        self.open()

    def open(self) -> None:
        self.service = HubService(HubFile(self.path), OBJECTIVES, self.steady, self.wall, "boot")

    def go_on(self, seconds: float) -> None:
        self.wall.now_s += seconds
        self.steady.now_s += seconds

    def answer(self, status: int, count: int = 10) -> None:
        for _ in range(count):
            self.recorder.observe("/embed", "POST", status, 0.01)
            self.registry.add("brainwav_http_requests_total", "POST", "/embed", str(status))
        self.sequence += 1
        sections = {SLO: self.recorder.snapshot()}
        source = MetricSource("Ingress", "a", "1")
        self.service.push(Push(source, self.sequence, self.registry.snapshot(), sections))
        self.service.write(self.service.take_unsaved())

    def burn_1h(self) -> float | None:
        [embed] = [e for e in self.service.slo()["endpoints"] if e["endpoint"] == "/embed"]
        return embed["objectives"][0]["burn_rates"]["1h"]


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, 40 * 86400.0], ids=["on", "back", "far on"])
@pytest.mark.parametrize("restarts", [False, True], ids=["running", "over a restart"])
def test_setting_the_clock_leaves_no_burn_rate_blank(tmp_path, jump_s, restarts) -> None:
    """The last hour is the last hour; only what is told goes by the wall."""
    hub = Hub(tmp_path / "m.sqlite")
    hub.answer(200)
    hub.go_on(600)
    hub.answer(503)
    before = hub.burn_1h()
    hub.wall.now_s += jump_s
    if restarts:
        hub.service.close()
        hub.open()
    assert before is not None
    assert hub.burn_1h() == before
    assert hub.service.slo()["as_of"] == hub.wall.now_s
    hub.go_on(3000)
    hub.answer(503)
    assert hub.burn_1h() is not None
    hub.go_on(3700)
    assert hub.burn_1h() is None
    hub.service.close()


HOSTILE = {
    "not a number": Snapshot({COUNTER: float("nan")}, {}),
    "infinite": Snapshot({COUNTER: float("inf")}, {"brainwav_power_watts": float("inf")}),
    "negative": Snapshot({COUNTER: -5.0}, {}),
    "beyond all bounds": Snapshot({COUNTER: 1e308}, {"brainwav_power_watts": 1e308}),
    "a whole number too great": Snapshot({COUNTER: 10**400}, {}),
    "text": Snapshot({COUNTER: "7"}, {"brainwav_power_watts": None}),  # type: ignore[dict-item]
    "half a character": Snapshot({"brainwav_\ud800": 1.0}, {"\ud800": 1.0}),
    "no bucket": Snapshot({key("brainwav_search_leg_seconds", ("k",)) + "\x1ewide": 1.0}, {}),
    "many series": Snapshot({f"brainwav_{n}_total": 1.0 for n in range(150_000)}, {}),
}


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_one_bad_push_spoils_nothing(tmp_path, what: str) -> None:
    """Neither the text, nor the file, nor what others count before and after."""
    path = tmp_path / "m.sqlite"
    hub = Hub(path)
    hub.answer(200, 7)
    for sequence in (1, 2**70, 2):
        hub.service.push(Push(MetricSource("Ingress", "evil", "1"), sequence, HOSTILE[what]))
    hub.service.write(hub.service.take_unsaved())
    hub.answer(200, 3)
    assert hub.service.state()["numbers_refused"]
    for _ in range(2):
        text = hub.service.render()[1].decode()
        assert 'endpoint="/embed",status_code="200"} 10' in text
        assert "NaN" not in text
        hub.service.close()
        hub.open()
    hub.service.close()


@pytest.mark.parametrize(
    "section",
    [
        {"requests": 5, "routes": {"POST /embed": [[float("nan")] * 13, [], []]}},
        {"requests": 5, "routes": {"POST /embed": [[-1] * 13, [], []]}},
        {"requests": 2**80, "routes": {}},
        {"requests": 5, "routes": {"POST /embed": [[1] * 13, [10**9], [1]]}},
        {"requests": 5},
        {"routes": None},
        "text",
        None,
    ],
    ids=str,
)
def test_verdicts_that_cannot_be_spoil_no_budget(tmp_path, section: Any) -> None:
    """They are left out whole; the metrics beside them count."""
    hub = Hub(tmp_path / "m.sqlite")
    hub.answer(503, 4)
    before = hub.service.slo()["endpoints"]
    pushed = Push(
        MetricSource("Ingress", "evil", "1"), 1, Snapshot({COUNTER: 2.0}, {}), {SLO: section}
    )
    hub.service.push(pushed)
    hub.service.write(hub.service.take_unsaved())
    assert hub.service.slo()["endpoints"] == before
    assert 'status_code="200"} 2' in hub.service.render()[1].decode()
    hub.service.close()


def test_two_processes_under_one_name_count_as_the_busier(tmp_path) -> None:
    """And not as one that starts anew with every push."""
    hub = Hub(tmp_path / "m.sqlite")
    source, sequence = MetricSource("Ingress", "twin", "1"), 0
    for count in range(1, 30):
        for total in (100.0 + count, float(count)):
            sequence += 1
            hub.service.push(Push(source, sequence, Snapshot({COUNTER: total}, {})))
    assert 'status_code="200"} 129' in hub.service.render()[1].decode()
    hub.service.close()


def test_no_total_falls_by_a_rounding_over_a_restart(tmp_path) -> None:
    """0.1 and 0.2 and 0.3 are another sum in another order."""
    hub = Hub(tmp_path / "m.sqlite")
    series = key("brainwav_component_calls_total", ("c", "m", "ok"))
    for sequence in range(1, 40):
        for name in "abc":
            value = sequence * (0.1 if name == "a" else 0.7)
            source = MetricSource("Ingress", name, "1")
            hub.service.push(Push(source, sequence, Snapshot({series: value}, {})))
    told = hub.service._sums()[series]
    hub.service.write(hub.service.take_unsaved())
    hub.service.close()
    hub.open()
    assert hub.service._sums()[series] == told
    hub.service.close()
