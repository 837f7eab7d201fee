"""The part of the fake backend for those who run a service: real figures of few requests."""

from collections.abc import Sequence
from pathlib import Path

from api.middleware.observation import client_hash
from api.operator_backend import ComponentHealth, NodeLines
from api.plan_messages import AnswerBody
from reliability.limits.holdings import Holdings
from reliability.slo.file import load_objectives
from reliability.slo.history import HistoryWindow
from reliability.slo.recorder import SloRecorder
from reliability.slo.tracker import SloTracker
from sustainability.metering.meter import Meter
from sustainability.modes.profiles import EnergyMode
from sustainability.reporting.report import render
from sustainability.reporting.sci import Embodied
from sustainability.reporting.statements import mode_state, request_statement, snapshot_of
from telemetry.log_files.request_lines import found_lines
from tests.local_energy import LocalEnergy

NOW_S = 60.0


class LocalOperator:
    """One request of a tenth of a second, no meter, and whatever log files a test wrote."""

    def __init__(self) -> None:
        self.failing: Exception | None = None
        self.energy = LocalEnergy()
        self.holdings: Holdings | None = None
        self.log_files: Sequence[Path] = ()

    async def slo(self) -> AnswerBody:
        return _tracker().report(NOW_S)

    async def slo_history(self, over: HistoryWindow) -> AnswerBody:
        return _tracker().history(NOW_S, NOW_S, over)

    async def limits(self) -> Holdings | None:
        return self.holdings

    async def log_lines(self, request_id: str) -> NodeLines:
        found = found_lines(self.log_files, request_id)
        return NodeLines(found.lines, 1, found.files, found.left_out)

    async def energy_report(self) -> AnswerBody:
        return render([snapshot_of(self.energy.service, Meter([]), "here", True, 0.0)], Embodied())

    async def request_energy(self, client: str, request_id: str) -> AnswerBody:
        kept = self.energy.service.kept
        return request_statement(kept.get(client_hash(client), request_id), 1.0)

    async def set_energy_mode(self, mode: EnergyMode) -> AnswerBody:
        self.energy.service.modes.choose(mode)
        return mode_state(self.energy.service)

    async def metrics_text(self) -> bytes:
        if self.failing is not None:
            raise self.failing
        return b"brainwav_replicas_reporting 1\n"

    async def needed_components(self) -> Sequence[ComponentHealth]:
        return [ComponentHealth("everything", self.failing is None, 0.1, {"kept": 7})]

    async def other_components(self) -> Sequence[ComponentHealth]:
        return ()


def _tracker() -> SloTracker:
    recorder, tracker = SloRecorder(load_objectives()), SloTracker(load_objectives(), 0.0)
    recorder.observe("/embed", "POST", 200, 0.1)
    tracker.apply("replica", "1", recorder.snapshot(), NOW_S)
    return tracker
