"""Rings of the dead are read when they are due, once; what cannot be read is set aside."""

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest

import deployments.gateway.request_journal
import deployments.replica.base
from deployments.gateway.request_journal import ADOPT_AFTER_S, RequestJournal
from deployments.monitoring.hub import http_bounds
from deployments.replica.pushes import Push
from reliability.slo.file import load_objectives
from telemetry.aggregate import MetricSource
from telemetry.journal import MOST_UNREADABLE, Answered, Journal, read_ring

OBJECTIVES = load_objectives()


class Hub:
    """Remembers what it was told to keep."""

    def __init__(self, arrived: int = 0) -> None:
        self.arrived, self.kept = arrived, list[Push]()
        self.sequence_of, self.keep = Remote(self._sequence), Remote(self._keep)

    def _sequence(self, source: MetricSource) -> int:
        return self.arrived

    def _keep(self, push: Push) -> None:
        self.kept.append(push)


class Remote:
    def __init__(self, method: Any) -> None:
        self._method = method

    async def remote(self, *args: Any) -> Any:
        return self._method(*args)


class Finder:
    """An Ingress replica that looks for rings on a clock of the test's."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 0.0
        replica = deployments.replica.base.Replica("Ingress", None)
        bounds = http_bounds(OBJECTIVES)
        self.journal = RequestJournal(replica, OBJECTIVES, bounds, folder, lambda: self.now_s)

    def look(self, hub: Any, passed_s: float = 0.0) -> None:
        self.now_s += passed_s
        asyncio.run(self.journal.adopt(hub))


def left_ring(folder: Path, name: str, count: int = 3) -> Path:
    """Leave a ring as a killed process does."""
    ring = Journal(folder, MetricSource("Ingress", name, "1"), 8)
    for number in range(count):
        ring.append(Answered(number, "POST", "/embed", 200, 0.1))
    left = ring.path.read_bytes()
    ring.remove()
    ring.path.write_bytes(left)
    return ring.path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "rings"


def test_a_ring_is_not_read_before_it_is_due(folder: Path, monkeypatch) -> None:
    """A push a second looks at names and locks; then it is read once, and gone."""
    finder, hub, read = Finder(folder), Hub(), []
    path = left_ring(folder, "dead")
    counted = lambda path, arrived: read.append(path) or read_ring(path, arrived)  # noqa: E731
    monkeypatch.setattr(deployments.gateway.request_journal, "read_ring", counted)
    for _ in range(10):
        finder.look(hub, passed_s=ADOPT_AFTER_S / 20)
    assert read == []
    for _ in range(3):
        finder.look(hub, passed_s=ADOPT_AFTER_S)
    assert read == [path]
    assert len(hub.kept) == 1
    assert not path.exists()
    finder.journal.close(pushed=True)


def test_only_what_came_after_the_last_push_is_decoded(folder: Path) -> None:
    """A ring holds thousands that arrived long ago."""
    path = left_ring(folder, "dead", count=6)
    assert [answered.after for answered in read_ring(path, arrived=4).answered] == [4, 5]


UNREADABLE = {
    "empty": b"",
    "half a head": b"bwring2\0" + b"x" * 40,
    "another version": b"bwring9\0" + bytes(8000),
    "something else": b"something else entirely" * 400,
    "names that are no text": struct.pack("<8s64s64s64sQ", b"bwring2\0", b"\xff", b"r", b"1", 1)
    + bytes(400),
    "no room": struct.pack("<8s64s64s64sQ", b"bwring2\0", b"Ingress", b"r", b"1", 5),
}


@pytest.mark.parametrize("what", sorted(UNREADABLE))
def test_what_cannot_be_read_is_set_aside_and_holds_nothing_up(folder: Path, what: str) -> None:
    """Nor is it read again; the rings after it are adopted."""
    finder, hub = Finder(folder), Hub()
    bad = folder / "a_bad.ring"
    bad.write_bytes(UNREADABLE[what])
    good = left_ring(folder, "dead")
    finder.look(hub)
    finder.look(hub, passed_s=ADOPT_AFTER_S)
    assert len(hub.kept) == 1
    assert not bad.exists()
    assert not good.exists()
    assert bad.with_name("a_bad.ring.unreadable").read_bytes() == UNREADABLE[what]
    finder.journal.close(pushed=True)


def test_unreadable_ones_do_not_fill_the_folder(folder: Path) -> None:
    """The latest few stay for whoever wants to know."""
    finder = Finder(folder)
    for number in range(3 * MOST_UNREADABLE):
        (folder / f"{number:02d}.ring").write_bytes(b"nothing")
    finder.look(Hub())
    finder.look(Hub(), passed_s=ADOPT_AFTER_S)
    assert len(list(folder.glob("*.unreadable"))) == MOST_UNREADABLE
    finder.journal.close(pushed=True)


def test_a_record_that_cannot_be_is_left_out(folder: Path) -> None:
    """Half a block that was lost must not spoil the sums of the hub."""
    ring = Journal(folder, MetricSource("Ingress", "x", "1"), 8)
    for seconds in (0.1, float("nan"), float("inf"), -1.0, 0.2):
        ring.append(Answered(0, "POST", "/embed", 200, seconds))
    ring.append(Answered(0, "POST", "/embed", 9000, 0.1))
    assert [answered.seconds for answered in read_ring(ring.path).answered] == [0.1, 0.2]
    ring.remove()
