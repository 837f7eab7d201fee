"""This process as operators see it: its numbers, pushed to the hub, and its log lines.

One for each replica of every deployment. The push is cumulative: one that is lost costs nothing.
"""

import asyncio
import gc
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ray import serve
from ray.serve.context import ReplicaContext
from ray.serve.handle import DeploymentHandle

from deployments.calls.envelope import Envelope
from deployments.replica.energy_reporter import EnergyReporter
from deployments.replica.loopback import keep_to_loopback
from deployments.replica.memory_watch import MemoryWatch
from deployments.replica.pushes import Push
from deployments.replica.serve_logs import log_folder
from deployments.replica.termination import Termination
from deployments.settings.tunables import memory_of
from reliability.deadline import within
from sustainability.work import RequestKey
from telemetry import logs
from telemetry.aggregate import MetricSource
from telemetry.context import CallContext, entered
from telemetry.log_files.call_lines import CallLines
from telemetry.log_files.log_file import LogFile
from telemetry.registry import Registry

PUSH_S = 1.0
PUSH_DEADLINE_S = 5.0
log = logs.get_logger()

_Section = Callable[[], Any]
Collect = Callable[[Registry], None]


class Replica:
    """The numbers and the log of one replica.

    Args:
        component: The deployment's name.
        hub: Where the numbers go; None keeps them here, as in tests.
        meters: Where the work goes; None for deployments that serve no requests.
        bounds: Of histograms, where they are not the table's.
    """

    def __init__(
        self,
        component: str,
        hub: DeploymentHandle | None,
        meters: DeploymentHandle | None = None,
        bounds: dict[str, tuple[float, ...]] | None = None,
    ) -> None:
        self.component = component
        self.energy = EnergyReporter(component, meters)
        self.registry = Registry(bounds)
        self.source = MetricSource(component, _replica_id(), f"{os.getpid()}-{time.time_ns()}")
        self._hub = hub
        self._served = _replica_context() is not None
        self._sequence = 0
        self._in_flight = 0
        self._is_settled = False
        self.children_cpu_s: Callable[[], float] = lambda: 0.0
        """CPU seconds of processes that work for this one."""
        self._collects: list[Collect] = []
        self._sections: dict[str, _Section] = {}
        self._after: list[Callable[[DeploymentHandle], Awaitable[None]]] = []
        self._pushing: asyncio.Task[None] | None = None
        self._last: asyncio.Task[bool] | None = None
        self.termination = Termination()
        self.termination.listen(self._told_to_end)
        self.memory = MemoryWatch(self.termination.heard)
        self.memory.configure(memory_of(component))
        self._lines = LogFile(_log_path(self.source))
        always: dict[str, Any] = {"component": component, "replica": self.source.replica}
        self._calls = CallLines(self._lines.write, always)
        logs.configure(self._calls.flush, **always)

    def collect(self, collect: Collect) -> None:
        """Have gauges set just before each push."""
        self._collects.append(collect)

    def section(self, name: str, section: _Section) -> None:
        """Send something more along with each push, such as counts of objectives."""
        self._sections[name] = section

    def after_push(self, job: Callable[[DeploymentHandle], Awaitable[None]]) -> None:
        """Have something done after each push that arrived."""
        self._after.append(job)

    def start(self) -> None:
        """Begin to push and to hear SIGTERM, on the running loop; repeating it is harmless."""
        self.termination.watch(asyncio.get_running_loop())
        if self._served:
            keep_to_loopback()
        if self._pushing is None and self._hub is not None:
            self._pushing = asyncio.create_task(self._push_forever())
        self.energy.start()

    async def stop(self) -> bool:
        """Push a last time; False where it did not arrive and stay."""
        arrived = False
        if self._pushing is not None:
            self._pushing.cancel()
            arrived = await self._push(last=True)
        await self.energy.stop()
        self._calls.flush()
        self._lines.close()
        return arrived

    @contextmanager
    def call(self, method: str, envelope: Envelope | None) -> Iterator[None]:
        """Run a call in its caller's request, within its deadline, and measure it."""
        self._in_flight += 1
        start_s = time.perf_counter()
        outcome = "error"
        try:
            with ExitStack() as stack:
                if envelope is not None:
                    stack.enter_context(entered(envelope.context))
                    self._meter(envelope.context, stack)
                    stack.enter_context(within(envelope.left_s))
                yield
            outcome = "ok"
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        except Exception as error:
            outcome = _outcome(error)
            if outcome == "error":
                log.error(f"{self.component}.{method}.failed", exc_info=error)
            raise
        finally:
            self._in_flight -= 1
            took_s = time.perf_counter() - start_s
            self.registry.add("brainwav_component_calls_total", self.component, method, outcome)
            self.registry.observe(
                "brainwav_component_call_duration_seconds", self.component, value=took_s
            )
            self._tell(method, outcome, took_s, envelope)

    @property
    def sequence(self) -> int:
        """The number of the last push that was made."""
        return self._sequence

    def check_health(self) -> None:
        """Have Serve replace this replica, gracefully, once it was told to end.

        An unhealthy replica is drained like one of an old version: it is taken from the
        routers first, and what it works on ends.

        Serve asks for the first time when the replica is ready: what it holds then is what its
        bound of memory counts from.

        Raises:
            RuntimeError: SIGTERM came, or it holds more memory than it may.
        """
        if self._served:
            self._settle()
        if self.termination.asked:
            raise RuntimeError(f"{self.component} {self.termination.reason} and wants replacing")

    def _settle(self) -> None:
        """Once: leave what was made while starting out of every later garbage collection.

        A full one over all modules takes half a second, in which nobody is answered.
        """
        self.memory.ready()
        if not self._is_settled:
            self._is_settled = True
            gc.collect()
            gc.freeze()

    def _tell(self, method: str, outcome: str, took_s: float, envelope: Envelope | None) -> None:
        context = None if envelope is None else envelope.context
        # Without a client it is nobody's request: a probe, or the service's own.
        if context is not None and context.client:
            self._calls.add(context, method, outcome, took_s)
            if self._pushing is None:
                self._calls.flush()

    def _meter(self, context: CallContext | None, stack: ExitStack) -> None:
        if context is not None and context.client:
            key = RequestKey(context.request_id, context.endpoint, context.client)
            stack.enter_context(self.energy.account.span(key))

    def snapshot(self) -> Push:
        """Return all numbers as they are now."""
        self._measure_self()
        for collect in self._collects:
            collect(self.registry)
        self._sequence += 1
        sections = {name: section() for name, section in self._sections.items()}
        return Push(self.source, self._sequence, self.registry.snapshot(), sections)

    def _measure_self(self) -> None:
        registry, component = self.registry, self.component
        name = "brainwav_process_cpu_seconds_total"
        registry.set(name, component, to=time.process_time() + self.children_cpu_s())
        registry.set("brainwav_process_resident_bytes", component, to=_resident_bytes())
        registry.set("brainwav_process_held_bytes", component, to=self.memory.held_bytes())
        if levels := self.memory.levels:
            registry.set("brainwav_process_memory_bound_bytes", component, to=levels.replace)
        registry.set("brainwav_component_calls_in_flight", component, to=self._in_flight)
        registry.set("brainwav_log_lines_dropped_total", to=self._lines.dropped)

    def _told_to_end(self) -> None:
        log.warning("replica.told_to_end", reason=self.termination.reason)
        if self._pushing is not None:
            self._last = asyncio.create_task(self._push())

    async def _push_forever(self) -> None:
        while True:
            await asyncio.sleep(PUSH_S)
            self._calls.flush()
            await self._push()

    async def _push(self, last: bool = False) -> bool:
        assert self._hub is not None
        # What nobody tells again must outlive the hub as well.
        take = self._hub.keep if last else self._hub.push
        try:
            async with asyncio.timeout(PUSH_DEADLINE_S):
                await take.remote(self.snapshot())
            for job in self._after:
                await job(self._hub)
            return True
        # The hub restarts, or is not there yet: the next push tells all of it.
        except Exception as error:
            log.debug("push.failed", error=type(error).__name__)
            return False


def _outcome(error: Exception) -> str:
    # Errors of our own packages carry a code: the caller was told what is wrong.
    return "refused" if getattr(error, "code", None) else "error"


def _replica_id() -> str:
    context = _replica_context()
    # Outside of Serve any name will do.
    return f"pid{os.getpid()}" if context is None else context.replica_id.unique_id


def _replica_context() -> ReplicaContext | None:
    try:
        return serve.get_replica_context()
    except Exception:  # Outside of Serve, as in tests.
        return None


def _log_path(source: MetricSource) -> Path:
    return log_folder() / f"brainwav_{source.component}_{source.replica}.jsonl"


def _resident_bytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))
