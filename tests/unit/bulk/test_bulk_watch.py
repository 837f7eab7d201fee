"""A job notices that others search, and tells the writer that it is there."""

import asyncio
from collections.abc import Callable

from api.errors import Unavailable
from deployments.bulk import watch as w
from deployments.bulk.rate_controller import RateBounds, RateController
from deployments.bulk.slots import Slots
from tests.unit.bulk.bulk_fakes import FakeService


class Searched(FakeService):
    """Counts probes as searches, and others' searches on top."""

    def __init__(self, others_a_second: int) -> None:
        super().__init__()
        self.probes = 0
        self.asked = 0
        self.spared: list[float] = []
        self._others_a_second = others_a_second
        self.broken_once = False

    async def probe(self, namespace: str) -> None:
        if not self.broken_once:
            self.broken_once = True
            raise Unavailable("HybridSearch is restarting")
        self.probes += 1

    async def searches(self) -> int:
        self.asked += 1
        return self.probes + self.asked * self._others_a_second

    async def spare_index(self, namespace: str, seconds: float) -> None:
        self.spared.append(seconds)


def watched(
    service: Searched,
    monkeypatch,
    until: Callable[[w.Watch], bool],
    alone_every_s: float = 0.0,
) -> w.Watch:
    """Run a watch without pauses until something is so."""
    for name in ("EVERY_S", "OTHERS_EVERY_S"):
        monkeypatch.setattr(w, name, 0.0)
    monkeypatch.setattr(w, "ALONE_EVERY_S", alone_every_s)
    pace = RateController(RateBounds(), slowest_ms=1000)
    watch = w.Watch(service, "n", pace, Slots(pace))

    async def main() -> None:
        task = asyncio.create_task(watch.run())
        # One turn of the loop is the unit here; there is nothing to wait for.
        while not until(watch):  # noqa: ASYNC110
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    return watch


def test_others_searches_are_told_from_its_own_probes(monkeypatch) -> None:
    """Ten a second are strangers; its own probes alone are none, however many."""
    busy, quiet = Searched(others_a_second=10), Searched(others_a_second=0)
    assert watched(busy, monkeypatch, lambda watch: busy.asked > 5).others_until_s > 0
    alone = watched(quiet, monkeypatch, lambda watch: quiet.asked > 5 and quiet.probes > 5)
    assert alone.others_until_s < 0


def test_the_writer_is_asked_for_a_lease(monkeypatch) -> None:
    """Which ends by itself if the job dies."""
    service = Searched(0)
    watched(service, monkeypatch, lambda watch: bool(service.spared))
    assert service.spared[0] == w.SPARE_S


def test_a_job_that_disturbs_nobody_hardly_probes(monkeypatch) -> None:
    """A probe costs a search; as soon as somebody is there it probes as often as it can."""
    alone, beside = Searched(others_a_second=0), Searched(others_a_second=10)
    watched(alone, monkeypatch, lambda watch: alone.asked > 50, alone_every_s=1e9)
    assert alone.probes <= 1
    watched(beside, monkeypatch, lambda watch: beside.probes > 20, alone_every_s=1e9)


def test_a_job_that_was_slowed_down_probes_until_it_is_at_full_pace(monkeypatch) -> None:
    """Every quick probe brings it nearer."""
    service = Searched(others_a_second=0)

    def until(watch: w.Watch) -> bool:
        if service.probes == 0:
            watch.pace.calls = 0.02
        return watch.pace.is_full

    watched(service, monkeypatch, until, alone_every_s=1e9)
    assert service.probes > 5
