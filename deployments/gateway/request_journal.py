"""Requests that a killed replica had answered but not pushed yet: found and told by another.

Each Ingress replica keeps its own ring and looks for those of the dead on its machine.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from ray.serve.handle import DeploymentHandle

from api.middleware.observation import Footprint, Observer
from deployments.replica.base import Replica
from deployments.replica.pushes import SLO, Push
from deployments.replica.serve_logs import log_folder
from reliability.slo.objectives import Objectives
from reliability.slo.recorder import SloRecorder
from telemetry.aggregate import MetricSource
from telemetry.journal import (
    Answered,
    Journal,
    Orphan,
    UnreadableRing,
    orphaned,
    read_ring,
    set_aside,
    source_of,
)
from telemetry.logs import get_logger
from telemetry.registry import Registry

ADOPT_AFTER_S = 3.0
"""Whatever the dead one had sent has arrived by then."""
log = get_logger()


class RequestJournal:
    """This replica's ring, and its eye on the rings of others."""

    def __init__(
        self,
        replica: Replica,
        objectives: Objectives,
        bounds: dict[str, tuple[float, ...]],
        folder: Path | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._replica = replica
        self._objectives = objectives
        self._bounds = bounds
        self._folder = folder or log_folder() / "requests"
        self._clock_s = clock_s
        self._seen_s: dict[Path, float] = {}
        self._ring: Journal | None = None
        try:
            self._ring = Journal(self._folder, replica.source)
        # Without room for it a kill may lose a second of counts; that is no reason to be down.
        except OSError as error:
            log.warning("journal.not_kept", error=str(error))

    def write(
        self, method: str, endpoint: str, status: int, seconds: float, cost: Footprint | None
    ) -> None:
        """Write a request down before it is answered; about two microseconds."""
        if self._ring is not None:
            after = self._replica.sequence
            spent = (cost.energy_j, cost.carbon_g) if cost else (None, None)
            self._ring.append(Answered(after, method, endpoint, status, seconds, *spent))

    async def adopt(self, hub: DeploymentHandle) -> None:
        """Tell the hub what the dead on this machine did not get to tell.

        Called after every push, so that nothing is read but what is due: names and locks say
        whose process has ended. Reading is work for a thread.
        """
        found = set(await asyncio.to_thread(lambda: list(orphaned(self._folder))))
        now_s = self._clock_s()
        self._seen_s = {path: self._seen_s.get(path, now_s) for path in found}
        for path, seen_s in list(self._seen_s.items()):
            if now_s - seen_s >= ADOPT_AFTER_S:
                await self._adopt_one(path, hub)
                del self._seen_s[path]

    async def _adopt_one(self, path: Path, hub: DeploymentHandle) -> None:
        try:
            arrived = await hub.sequence_of.remote(await asyncio.to_thread(source_of, path))
            orphan = await asyncio.to_thread(read_ring, path, arrived)
            push = await asyncio.to_thread(self.replayed, orphan, arrived)
            await hub.keep.remote(push)
            await asyncio.to_thread(path.unlink, missing_ok=True)
        except UnreadableRing as error:
            log.warning("journal.unreadable", ring=path.name, error=str(error))
            with contextlib.suppress(OSError):
                await asyncio.to_thread(set_aside, path)
        except FileNotFoundError:
            # Another replica was quicker.
            return
        else:
            log.info("journal.adopted", replica=orphan.source.replica, after_push=arrived)

    def replayed(self, orphan: Orphan, arrived: int) -> Push:
        """Return what came after a push, under a name of its own.

        Whoever else finds the same ring makes the same push, which then counts once.
        """
        observer = Observer(Registry(self._bounds), SloRecorder(self._objectives))
        for request in orphan.answered:
            # Records say which push was made before them, and that one did not hold them.
            if request.after >= arrived:
                observer.count(
                    request.method,
                    request.endpoint,
                    request.status,
                    request.seconds,
                    _cost(request),
                )
        dead = orphan.source
        heir = MetricSource(dead.component, f"{dead.replica}+", dead.epoch)
        assert isinstance(observer.objectives, SloRecorder)
        sections = {SLO: observer.objectives.snapshot()}
        return Push(heir, 1, observer.registry.snapshot(), sections)

    def close(self, pushed: bool) -> None:
        """Drop the ring where everything in it was pushed; else another will find it."""
        if self._ring is not None and pushed:
            self._ring.remove()
            self._ring = None


def _cost(request: Answered) -> Footprint | None:
    if request.energy_j is None or request.carbon_g is None:
        return None
    return Footprint(request.energy_j, request.carbon_g)
