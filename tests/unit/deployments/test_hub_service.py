"""The hub: one truth over replicas and restarts, for metrics and budgets alike."""

import sqlite3
from pathlib import Path

import pytest

import deployments.replica.base
from deployments.gateway.request_journal import RequestJournal
from deployments.monitoring.hub import HubService, Unsaved, http_bounds
from deployments.replica.pushes import SLO, Push
from reliability.slo.file import load_objectives
from reliability.slo.recorder import SloRecorder
from telemetry.aggregate import MetricSource
from telemetry.hub_file import HubFile
from telemetry.journal import Answered, Orphan
from telemetry.registry import Registry

OBJECTIVES = load_objectives()


class Clock:
    def __init__(self) -> None:
        self.s = 1_000_000.0

    def __call__(self) -> float:
        return self.s


class Replica:
    """An ingress replica that answered some requests."""

    def __init__(self, name: str) -> None:
        self.source = MetricSource("Ingress", name, "1")
        self.registry, self.recorder, self.sequence = Registry(), SloRecorder(OBJECTIVES), 0

    def answer(self, count: int, status: int = 200) -> None:
        for _ in range(count):
            self.registry.add("brainwav_http_requests_total", "POST", "/embed", str(status))
            self.recorder.observe("/embed", "POST", status, 0.01)

    def push(self) -> Push:
        self.sequence += 1
        sections = {SLO: self.recorder.snapshot()}
        return Push(self.source, self.sequence, self.registry.snapshot(), sections)


def opened(path: Path, clock: Clock) -> HubService:
    return HubService(HubFile(path), OBJECTIVES, clock, clock)


def saved(service: HubService) -> None:
    service.write(service.take_unsaved())


def shown(service: HubService) -> str:
    service._clock_s.s += 1.0  # type: ignore[attr-defined]
    return service.render()[1].decode()


def requests(service: HubService) -> dict[str, int]:
    [embed] = [e for e in service.slo()["endpoints"] if e["endpoint"] == "/embed"]
    return {name: embed["requests"][name] for name in ("all", "failed")}


@pytest.mark.parametrize("saves", [True, False], ids=["saved before it died", "not saved"])
def test_a_restart_changes_neither_totals_nor_budgets(tmp_path, saves: bool) -> None:
    """To the request, whether the last push was written or not."""
    path, clock = tmp_path / "metrics.sqlite", Clock()
    service, replica = opened(path, clock), Replica("a")
    replica.answer(7)
    service.push(replica.push())
    saved(service)
    replica.answer(3, status=503)
    service.push(replica.push())
    if saves:
        saved(service)
    service.close()
    again = opened(path, clock)
    again.push(replica.push())
    assert requests(again) == {"all": 10, "failed": 3}
    text = shown(again)
    assert 'endpoint="/embed",status_code="200"} 7' in text
    assert 'endpoint="/embed",status_code="503"} 3' in text
    again.close()


def test_a_killed_replica_is_folded_in(tmp_path) -> None:
    """What it counted stays, its successor begins at zero, readers see only growth."""
    clock = Clock()
    service, first, second = opened(tmp_path / "m.sqlite", clock), Replica("a"), Replica("b")
    first.answer(5)
    service.push(first.push())
    clock.s += 60
    second.answer(2)
    service.push(second.push())
    assert 'status_code="200"} 7' in shown(service)
    assert 'brainwav_replicas_reporting{component="Ingress"} 1' in shown(service)
    assert requests(service)["all"] == 7
    service.close()


def test_a_full_disk_loses_nothing(tmp_path) -> None:
    """What could not be written is written with the next."""
    path, clock = tmp_path / "m.sqlite", Clock()
    service, replica = opened(path, clock), Replica("a")
    replica.answer(4)
    service.push(replica.push())
    unsaved = service.take_unsaved()
    service.put_back(unsaved)
    replica.answer(1)
    service.push(replica.push())
    saved(service)
    service.close()
    again = opened(path, clock)
    assert requests(again)["all"] == 5
    again.close()


def test_objectives_are_gauges_only_where_there_is_data(tmp_path) -> None:
    """No traffic is no data, never a compliance of one."""
    service = opened(tmp_path / "m.sqlite", Clock())
    assert "brainwav_slo_compliance_ratio" not in shown(service)
    replica = Replica("a")
    replica.answer(1)
    service.push(replica.push())
    assert 'brainwav_slo_compliance_ratio{objective="embed-availability"} 1' in shown(service)
    service.close()


def test_what_objectives_judged_is_counted_from_zero(tmp_path) -> None:
    """Alerts read these: a counter that appeared with the first failure would hide it."""
    service, replica = opened(tmp_path / "m.sqlite", Clock()), Replica("a")
    assert 'brainwav_slo_bad_total{objective="embed-availability"} 0' in shown(service)
    replica.answer(3)
    replica.answer(2, 503)
    service.push(replica.push())
    assert 'brainwav_slo_valid_total{objective="embed-availability"} 5' in shown(service)
    assert 'brainwav_slo_bad_total{objective="embed-availability"} 2' in shown(service)
    service.close()


def test_what_fails_in_between_undoes_all(tmp_path) -> None:
    """Totals and budgets are written together or not at all."""
    service, replica = opened(tmp_path / "m.sqlite", Clock()), Replica("a")
    replica.answer(4)
    service.push(replica.push())
    unsaved = service.take_unsaved()
    broken = Unsaved(unsaved.kept, [], unsaved.slo)
    broken.slo.rows.append(("minute",))  # type: ignore[arg-type]
    with pytest.raises(sqlite3.Error):
        service.write(broken)
    service.close()
    again = opened(tmp_path / "m.sqlite", Clock())
    assert requests(again)["all"] == 0
    assert 'endpoint="/embed"' not in shown(again)
    again.close()


def journal_of(tmp_path: Path) -> RequestJournal:
    replica = deployments.replica.base.Replica("Ingress", None)
    return RequestJournal(replica, OBJECTIVES, http_bounds(OBJECTIVES), tmp_path / "rings")


@pytest.mark.parametrize("arrived", [True, False], ids=["last push arrived", "it did not"])
def test_a_kill_between_two_pushes_loses_nothing(tmp_path, arrived: bool) -> None:
    """What came after the last push that arrived is replayed from the ring, once."""
    service, replica = opened(tmp_path / "m.sqlite", Clock()), Replica("a")
    replica.answer(4)
    service.push(replica.push())
    replica.answer(3)
    second = replica.push()
    if arrived:
        service.push(second)
    replica.answer(2)
    records = [0] * 4 + [1] * 3 + [2] * 2
    answered = tuple(Answered(after, "POST", "/embed", 200, 0.01, None) for after in records)
    orphan = Orphan(tmp_path / "x.ring", replica.source, answered)
    finder = journal_of(tmp_path)
    for _ in range(2):
        service.push(finder.replayed(orphan, service.sequence_of(replica.source)))
    assert 'endpoint="/embed",status_code="200"} 9' in shown(service)
    assert requests(service)["all"] == 9
    finder.close(pushed=True)
    service.close()
