"""The MetricsHub deployment: one truth over all replicas, and the budgets of the objectives."""

import asyncio
import time
from pathlib import Path
from typing import Any

from ray import serve

from deployments.hub_desk import Bounds, HubDesk
from deployments.observed import observed
from deployments.pushes import Push
from deployments.replica import Replica
from deployments.settings import HubTunables
from telemetry.hub_file import HubFile
from telemetry.logs import get_logger

log = get_logger()


@serve.deployment()
class MetricsHub:
    """Adds up what replicas push; remembers it through its own restart."""

    async def __init__(self, file: str, bounds: Bounds) -> None:
        self.replica = Replica("MetricsHub", None)
        self._tunables = HubTunables()
        self._desk = HubDesk(HubFile(Path(file)), bounds, time.monotonic, time.time)
        self._saving = asyncio.create_task(self._save_forever())
        log.info("metrics_hub.ready", **self._desk.state())

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change how often totals are written and mirrored."""
        self._tunables = HubTunables.model_validate(config)

    @observed
    async def push(self, push: Push) -> None:
        """Take a replica's numbers."""
        self._desk.push(push)

    @observed
    async def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        self._desk.push(self.replica.snapshot())
        return self._desk.text().encode()

    @observed
    async def probe(self) -> dict[str, object]:
        """Say how many replicas push, and how old the oldest figure is."""
        return self._desk.state()

    async def _save_forever(self) -> None:
        from deployments.ray_mirror import RayMirror

        mirror = RayMirror()
        while True:
            await asyncio.sleep(self._tunables.save_interval_s)
            try:
                await asyncio.to_thread(self._desk.save)
                if self._tunables.mirror_to_ray:
                    mirror.show(self._desk.samples())
            # A full disk must not stop the saving for good; memory still has the truth.
            except Exception as error:
                log.error("metrics_hub.not_saved", exc_info=error)

    async def __del__(self) -> None:
        self._saving.cancel()
        self._desk.save()
        self._desk.close()
