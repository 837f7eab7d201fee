"""A replica's side of the metering: its work goes to the meter, directives come back.

Work that could not be sent is kept and goes with the next report, so that a meter that restarts
costs nothing but a delay.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable

import ray
from ray import serve
from ray.serve.handle import DeploymentHandle

from api.errors import Unavailable
from deployments.energy.calls import ask_meters
from sustainability.metering.estimate import Coefficients
from sustainability.metering.messages import Finished, PushReply, WorkReport
from sustainability.modes.profiles import Directive
from sustainability.work import WorkAccount

TICK_S = 1.0
PUSH_DEADLINE_S = 3.0
QUIET_S = 3.0
"""A replica without work reports so often: it may miss a directive for so long."""
MOST_UNSENT = 30
"""Reports that wait for a meter; the oldest go first, and their work becomes overhead."""

Apply = Callable[[Directive], str]
"""Makes a replica work as told; returns what it did, or refused and why."""


class EnergyReporter:
    """The account of one replica and the latest that the meter said."""

    def __init__(self, deployment: str, meters: DeploymentHandle | None) -> None:
        self.account = WorkAccount()
        self.coefficients = Coefficients()
        self.directive = Directive()
        self.method = "starting"
        self._deployment = deployment
        self._meters = meters
        self._replica = _replica_id(deployment)
        self._node = _node_id()
        self._apply: Apply = lambda directive: directive.mode
        self._applied = "full"
        self._finished: list[Finished] = []
        self._unsent: deque[WorkReport] = deque(maxlen=MOST_UNSENT)
        self._sequence = 0
        self._since_s = time.monotonic()
        self._quiet_s = QUIET_S
        self._task: asyncio.Task[None] | None = None

    def on_directive(self, apply: Apply) -> None:
        """Have ``apply`` called with every answer of the meter, on the event loop."""
        self._apply = apply

    def finish(self, finished: Finished) -> None:
        """Note that an answer was sent."""
        self._finished.append(finished)

    def start(self) -> None:
        """Begin to report; needs a running event loop, and is harmless when repeated."""
        if self._task is None and self._meters is not None:
            self._task = asyncio.create_task(self._report_forever())

    async def stop(self) -> None:
        """Report a last time."""
        if self._task is not None:
            self._task.cancel()
            await self._report()

    def take_report(self) -> WorkReport:
        """Return the work since the last report."""
        now_s = time.monotonic()
        self._sequence += 1
        report = WorkReport(
            self._replica,
            self._deployment,
            self._node,
            self._sequence,
            self._since_s,
            now_s,
            self.account.drain(),
            tuple(self._finished),
            self._applied,
        )
        self._since_s, self._finished = now_s, []
        return report

    async def _report_forever(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self._report()

    async def _report(self) -> None:
        report = self.take_report()
        if not self._unsent and self._says_nothing(report):
            return
        self._unsent.append(report)
        self._quiet_s = 0.0
        assert self._meters is not None
        while self._unsent:
            try:
                replies = await ask_meters(
                    self._meters, "push", self._unsent[0], within_s=PUSH_DEADLINE_S
                )
            # It restarts, or is not there yet: the next tick sends all of it.
            except Unavailable:
                return
            self._unsent.popleft()
            self._take(replies)

    def _says_nothing(self, report: WorkReport) -> bool:
        """Whether a report may be left out: a push costs more than a replica that rests."""
        charges = report.charges
        self._quiet_s += report.end_s - report.start_s
        worked = charges.cpu_s or charges.device_s or report.finished
        return not worked and self._quiet_s < QUIET_S

    def _take(self, replies: list[PushReply]) -> None:
        own = [reply for reply in replies if reply.node == self._node]
        reply = (own or replies)[0]
        self.coefficients, self.method = reply.coefficients, reply.method
        self.directive = reply.directive
        self._applied = self._apply(self.directive)


def _replica_id(deployment: str) -> str:
    try:
        unique = serve.get_replica_context().replica_id.unique_id
    except Exception:  # Outside of Serve, as in tests: any name will do.
        unique = f"pid{os.getpid()}"
    # A replica that is started anew in the same place counts its reports from one again.
    return f"{deployment}/{unique}/{time.time_ns() % 1_000_000_000:09d}"


def _node_id() -> str:
    # Asking outside of Ray would start one.
    return ray.get_runtime_context().get_node_id() if ray.is_initialized() else ""
