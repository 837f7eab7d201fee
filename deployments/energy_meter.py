"""The EnergyMeter deployment: one a node, the only reader of its power."""

import asyncio
import contextlib
import os
import socket
import time
from pathlib import Path
from typing import Any

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle

from deployments.energy.setup import intensity_of, meter_of, mode_service, thresholds
from deployments.replica.base import Replica
from deployments.replica.observed import observed
from deployments.replica.serve_logs import log_folder
from deployments.replica.state_files import opened, tell_health
from deployments.settings.service import EnergySettings
from deployments.settings.tunables import EnergyTunables
from storage.errors import StorageError
from sustainability.errors import UnknownRequest
from sustainability.metering.messages import PushReply, WorkReport
from sustainability.modes.in_force import ModeService
from sustainability.modes.profiles import EnergyMode
from sustainability.reporting.metrics import samples
from sustainability.reporting.snapshot import EnergySnapshot
from sustainability.reporting.statements import mode_state, request_statement, snapshot_of
from sustainability.service import EnergyService
from sustainability.sources.readings import NODE
from sustainability.store import BookFile, BookPage
from telemetry.log_files.request_lines import FoundLines, found_lines
from telemetry.logs import get_logger
from telemetry.registry import Registry

log = get_logger()

TICK_S = 1.0


@serve.deployment()
class EnergyMeter:
    """Keeps a node's books of energy; looking for the hardware delays nobody."""

    async def __init__(
        self, hub: DeploymentHandle, book_file: str, settings: EnergySettings
    ) -> None:
        self.replica = Replica("EnergyMeter", hub)
        self._host = socket.gethostname()
        path = _of_this_host(Path(book_file), self._host)
        self._file = await opened(lambda: _claimed(path), str(path))
        self._writing, self._searching = asyncio.Lock(), asyncio.Lock()
        self._service = EnergyService(ray.get_runtime_context().get_node_id(), ModeService())
        kept = self._file.load()
        self._service.restore(kept)
        self._service.totals.since_utc_s = self._service.totals.since_utc_s or time.time()
        self._before_j = self._service.totals.measured_j
        self._idle_w = dict(kept.state.get("idle_w", {}))
        self._intensity = intensity_of(settings)
        self._meter = meter_of(settings)
        self._ready = False
        self._before = snapshot_of(self._service, self._meter, self._host, False, self._before_j)
        self._told = self._before
        self.replica.collect(self._tell)
        self.replica.start()
        self._ticking = asyncio.create_task(self._run())

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change modes, policy and thresholds; an administrator's choice of mode stays."""
        tunables = EnergyTunables.model_validate(config)
        self.replica.memory.configure(tunables.memory)
        self._service.thresholds = thresholds(tunables)
        self._service.kept.max_kept = tunables.max_kept_requests
        self._service.kept.kept_s = tunables.requests_kept_s
        self._service.modes = mode_service(tunables, self._service.modes)

    async def push(self, report: WorkReport) -> PushReply:
        """Take in a replica's work of the last tick; say how to work on, and what work costs."""
        return self._service.push(report, time.monotonic())

    async def snapshot(self) -> EnergySnapshot:
        """Return this node's figures as they are written: none falls though this is killed.

        While they cannot be written memory has the truth, and tells it.
        """
        return self._figures()

    async def request(self, client: str, request_id: str) -> dict[str, Any] | None:
        """Return what a client's request cost here, None where nothing is known of it."""
        try:
            record = self._service.kept.get(client, request_id)
        except UnknownRequest:
            return None
        return request_statement(record, self._service.totals.loaded_factor)

    async def choose(self, mode: EnergyMode) -> dict[str, Any]:
        """Switch the mode; replicas hear of it with their next push.

        Raises:
            storage.errors.StoreDown: It could not be written down; the mode is what it was.
        """
        modes = self._service.modes
        before = (modes.chosen, modes.decision, modes.duty)
        modes.choose(mode)
        try:
            await self._write()
        except StorageError:
            modes.chosen, modes.decision, modes.duty = before
            raise
        log.info("energy.mode_chosen", mode=mode)
        return mode_state(self._service)

    async def log_lines(self, request_id: str) -> FoundLines:
        """Return what this node's log files hold of a request.

        Asked here since a meter stands on every node, once: files of replicas that are gone
        are looked through like those of the living. One search at a time.
        """
        async with self._searching:
            files = log_folder().glob("brainwav_*.jsonl*")
            return await asyncio.to_thread(found_lines, list(files), request_id)

    @observed
    async def probe(self) -> dict[str, object]:
        """Say whether the meter reads."""
        return {
            "metering": self._ready,
            "ticking": not self._ticking.done(),
            "mode": self._service.modes.directive.mode,
            "replica_pid": os.getpid(),
            **self._file.health.said(),
        }

    async def check_health(self) -> None:
        """Fail once this replica was told to end, so that Serve replaces it."""
        self.replica.check_health()

    async def _run(self) -> None:
        await asyncio.to_thread(self._meter.begin, self._idle_w)
        self._ready = True
        known = self._meter.methods()
        self._service.method = known[NODE].name if NODE in known else "none"
        methods = {name: f"{method.name}: {method.detail}" for name, method in known.items()}
        log.info("energy.meter_ready", **methods)
        while True:
            await asyncio.sleep(TICK_S - time.monotonic() % TICK_S)
            try:
                await self._tick()
            # A disk that fails for a moment must not end the metering for good; the file says
            # once that it cannot be written, and the next page holds what this one held.
            except StorageError:
                continue
            except Exception:
                log.exception("energy.tick_failed")

    async def _tick(self) -> None:
        service = self._service
        known = set(service.warnings)
        ticks, intensity = await asyncio.to_thread(
            lambda: (self._meter.tick(), self._intensity.at(time.time()))
        )
        now_s = time.monotonic()
        service.book(ticks, intensity, now_s)
        before = service.modes.directive.mode
        service.modes.look(
            service.situation(time.time(), now_s), service.recent.power_w(last_s=3.0)
        )
        if service.modes.directive.mode != before:
            mode = service.modes.directive.mode
            log.info("energy.mode_decided", mode=mode, reason=service.modes.reason)
        for subject in set(service.warnings) - known:
            log.warning("energy.threshold_passed", what=service.warnings[subject])
        await self._write()

    async def _write(self) -> None:
        # One page at a time: what the one before holds is known only once it is written.
        async with self._writing:
            page, told = self._page(), self._snapshot()
            await asyncio.to_thread(self._file.write, page)
            self._service.written()
            self._told = told

    def _tell(self, registry: Registry) -> None:
        tell_health(registry, "EnergyMeter", self._file.health)
        # The hub adds up processes: each tells what it counted itself.
        for name, labels, value in samples(self._figures(), self._before):
            registry.set(name, *labels, to=value)

    def _figures(self) -> EnergySnapshot:
        return self._told if self._file.health.ok else self._snapshot()

    def _snapshot(self) -> EnergySnapshot:
        meter_j = self._before_j + self._meter.measured_j
        return snapshot_of(self._service, self._meter, self._host, self._ready, meter_j)

    def _page(self) -> BookPage:
        return self._service.page(idle_w=self._meter.idle_powers_w())

    async def __del__(self) -> None:
        self._ticking.cancel()
        await self.replica.stop()
        with contextlib.suppress(StorageError):
            await self._write()
        self._file.close()
        self._meter.end()


def _of_this_host(path: Path, host: str) -> Path:
    # Meters of several nodes may see one folder.
    return path.with_name(f"{path.stem}-{host}{path.suffix}")


def _claimed(path: Path) -> BookFile:
    file = BookFile(path)
    try:
        file.store.claim()
    except BaseException:
        file.close()
        raise
    return file
