"""The MetricsHub deployment: one truth over all replicas, and the budgets of the objectives."""

import asyncio
import time
from pathlib import Path
from typing import Any

from ray import serve

from api.answers.freshness import Fresh
from deployments.monitoring.hub import HubService, HubText
from deployments.replica.base import Replica
from deployments.replica.observed import observed
from deployments.replica.pushes import Push
from deployments.replica.state_files import opened, tell_health
from deployments.settings.tunables import HubTunables
from reliability.slo.file import load_objectives
from reliability.slo.history import HistoryWindow
from reliability.slo.objectives import Objectives
from storage.errors import StorageError
from telemetry.aggregate import MetricSource
from telemetry.hub_file import HubFile
from telemetry.logs import get_logger
from telemetry.registry import Registry

log = get_logger()
FRESH_S = 1.0
"""Replicas push once a second: a newer text would say nothing new."""
STALE_S = 2.0


@serve.deployment()
class MetricsHub:
    """Adds up what replicas push; remembers it through its own restart."""

    async def __init__(self, file: str, slo_file: str) -> None:
        self.replica = Replica("MetricsHub", None)
        self._tunables = HubTunables()
        objectives = load_objectives(Path(slo_file))
        self._service = await opened(lambda: _service_of(Path(file), objectives), file)
        self.replica.collect(self._tell)
        self._writing = asyncio.Lock()
        # Kept here alone, so that what one scraper saw another sees too.
        self._told: Fresh[HubText] = Fresh(self._written_text, FRESH_S, STALE_S)
        self._until_s = 0.0
        self._saving = asyncio.create_task(self._save_forever())
        self.replica.start()
        log.info("metrics_hub.ready", **self._service.state())

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change how often totals are written and mirrored."""
        self._tunables = HubTunables.model_validate(config)
        self.replica.memory.configure(self._tunables.memory)

    @observed
    async def push(self, push: Push) -> None:
        """Take a replica's numbers, of which it will tell more."""
        self._service.push(push)

    @observed
    async def keep(self, push: Push) -> None:
        """Take numbers that nobody will tell again: once this returns a kill cannot lose them.

        Raises:
            OSError: They could not be written; whoever has them should hold on to them.
        """
        self._service.push(push)
        await self._settle()

    @observed
    async def sequence_of(self, source: MetricSource) -> int:
        """Say which push of a replica was the last to arrive, and see that it stays so.

        Raises:
            OSError: It could not be written.
        """
        sequence = self._service.sequence_of(source)
        await self._settle()
        return sequence

    @observed
    async def text(self, known: str = "") -> tuple[str, bytes | None, float]:
        """Return everything as Prometheus reads it, at most ``STALE_S`` old.

        Args:
            known: The version that the caller has.

        Returns:
            The version; the text, which is None where the caller has it already; and for how
            many seconds nobody is told another one. Counted from the moment it asked, a caller
            may tell the text that long by itself: no total falls between two replicas.
        """
        version, text = await self._told.get()
        left_s = max(0.0, self._until_s - time.monotonic())
        return version, None if version == known else text, left_s

    @observed
    async def slo(self) -> dict[str, Any]:
        """Report on every objective."""
        return self._service.slo()

    @observed
    async def slo_history(self, over: HistoryWindow) -> dict[str, Any]:
        """Tell latencies slot by slot."""
        return self._service.slo_history(over)

    @observed
    async def probe(self) -> dict[str, object]:
        """Say how many replicas push, and how old the oldest figure is."""
        return self._service.state()

    async def _written_text(self) -> HubText:
        self._service.push(self.replica.snapshot())
        told = self._service.render()
        # What is told is written down first, so that no total falls though this hub is killed.
        await self._save()
        # Some still tell the last one, as they were allowed to.
        await asyncio.sleep(max(0.0, self._until_s - time.monotonic()))
        self._until_s = time.monotonic() + FRESH_S
        return told

    async def _save_forever(self) -> None:
        from deployments.monitoring.ray_mirror import RayMirror

        mirror = RayMirror()
        while True:
            await asyncio.sleep(self._tunables.save_interval_s)
            await self._save()
            if self._tunables.mirror_to_ray:
                mirror.show(self._service.samples())

    async def _settle(self) -> None:
        if not await self._save():
            raise OSError("brAInwav: the metrics hub cannot write its file")

    async def _save(self) -> bool:
        # A caller that gives up must not let a second thread into the file.
        return await asyncio.shield(self._save_alone())

    async def _save_alone(self) -> bool:
        async with self._writing:
            unsaved = self._service.take_unsaved()
            try:
                await asyncio.to_thread(self._service.write, unsaved)
            # A full disk must not stop the saving for good, nor anything else: memory still has
            # the truth. The file itself says once that it cannot be written.
            except Exception as error:
                self._service.put_back(unsaved)
                if not isinstance(error, StorageError):
                    log.error("metrics_hub.not_saved", exc_info=error)
                return False
            return True

    def _tell(self, registry: Registry) -> None:
        tell_health(registry, "MetricsHub", self._service.health)
        registry.set("brainwav_hub_numbers_refused_total", to=self._service.refused)

    async def check_health(self) -> None:
        """Fail once this replica was told to end, so that Serve replaces it."""
        self.replica.check_health()

    async def __del__(self) -> None:
        self._saving.cancel()
        await self._save()
        self._service.close()


def _service_of(path: Path, objectives: Objectives) -> HubService:
    file = HubFile(path)
    try:
        file.store.claim()
        return HubService(file, objectives, time.monotonic, time.time)
    except BaseException:
        file.close()
        raise
