"""What is done to the service, one thing after the other, each with its beginning and its end."""

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

from deployments.local.cluster import ClusterError
from deployments.local.nodes import LocalNode
from scripts.chaos.service import ChaosService
from scripts.chaos.traffic import Traffic

JOINS = 3
"""Tries to add a node to a busy machine."""
STOPPED_S = 20.0
FULL_S = 15.0
SHIFTED_S = 15.0
QUIET_S, LEAST_QUIET_S = 8.0, 1.0
"""Between two faults."""
RECOVERY_S = 4.0
"""What a fault takes beside its own time, on average: until its process is found, and until a
write is through after it."""
RECOVERS_S = 60.0
"""A write that begins so long after a fault's end must succeed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that happens.

    Args:
        name: For the report.
        problem: Why this machine does not allow it; empty where it does.
        begin: Does it, and says to whom.
        lasts_s: How long until ``end``.
        end: Takes it back where nothing else would.
    """

    name: str
    problem: str
    begin: Callable[[], str]
    lasts_s: float = 0.0
    end: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class FaultOutcome:
    """What came of a fault."""

    name: str
    not_run: str = ""
    what: str = ""
    written_again_s: float | None = None
    """From its end to the next acknowledged write; None where none came in time."""


def run_faults(
    faults: Sequence[Fault], traffic: Traffic, ends_s: float, say: Callable[[str], None]
) -> list[FaultOutcome]:
    """Let faults happen one after the other until it is time to end."""
    outcomes = []
    for number, fault in enumerate(faults):
        if fault.problem:
            outcomes.append(FaultOutcome(fault.name, fault.problem))
        elif time.monotonic() + fault.lasts_s > ends_s:
            outcomes.append(FaultOutcome(fault.name, "no time was left"))
        else:
            outcomes.append(_happen(fault, traffic))
            say(f"chaos: {outcomes[-1]}")
            time.sleep(quiet_s(faults[number + 1 :], ends_s - time.monotonic()))
    return outcomes


def quiet_s(faults: Sequence[Fault], left_s: float) -> float:
    """Return how long to pause so that those faults happen within ``left_s``."""
    coming = [fault.lasts_s + RECOVERY_S for fault in faults if not fault.problem]
    if not coming:
        return QUIET_S
    # A pause before each of them, and one after the last.
    spare_s = (left_s - sum(coming)) / (len(coming) + 1)
    return min(QUIET_S, max(LEAST_QUIET_S, spare_s))


def _happen(fault: Fault, traffic: Traffic) -> FaultOutcome:
    try:
        what = fault.begin()
    # A process that another fault has just ended is not there to be disturbed.
    except (LookupError, OSError, RuntimeError) as error:
        return FaultOutcome(fault.name, f"{type(error).__name__}: {error}")
    try:
        time.sleep(fault.lasts_s)
    finally:
        fault.end()
    return FaultOutcome(fault.name, "", what, traffic.recover(RECOVERS_S))


def all_faults(service: ChaosService, only: str = "") -> list[Fault]:
    """Return every fault, those that cannot happen here included."""
    faults = [
        *(_kill(service, name) for name in _targets(service)),
        *(_stop(service, name) for name in _targets(service) if name != "HAProxy manager"),
        _kill_maintaining_writer(service),
        _kill_node(service),
        _fill_disk(service),
        *(_shift_clock(service, shift) for shift in ("+3600", "-3600")),
    ]
    wanted = [word for word in only.split(",") if word]
    return [f for f in faults if not wanted or any(word in f.name for word in wanted)]


def _targets(service: ChaosService) -> dict[str, Callable[[], list[int]]]:
    names = tuple(
        """Ingress HybridSearch Embedder Planner ThoughtBranch IndexWriter MetricsHub EnergyMeter
    RateLimiter""".split()
    )
    return {
        **{name: lambda name=name: _pids(service, name) for name in names},
        "controller": lambda: service.pids_titled("ServeController"),
        "HAProxy": service.front_door,
        "HAProxy manager": service.front_manager,
    }


def _pids(service: ChaosService, deployment: str) -> list[int]:
    return [replica["pid"] for replica in service.replicas(deployment) if replica["pid"]]


def _one(service: ChaosService, name: str) -> int:
    """Return a process of a target; waits for one, since a fault before may have ended it."""
    ends_s = time.monotonic() + RECOVERS_S
    while time.monotonic() < ends_s:
        with suppress(httpx.HTTPError, KeyError):
            if found := _targets(service)[name]():
                return random.choice(found)
        time.sleep(0.5)
    raise LookupError(f"no process of {name} ran within {RECOVERS_S:g} s")


def _kill(service: ChaosService, name: str) -> Fault:
    def begin() -> str:
        pid = _one(service, name)
        os.kill(pid, signal.SIGKILL)
        return f"process {pid} killed"

    return Fault(f"kill {name}", "", begin)


def _stop(service: ChaosService, name: str) -> Fault:
    stopped: list[int] = []

    def begin() -> str:
        stopped.append(_one(service, name))
        os.kill(stopped[-1], signal.SIGSTOP)
        return f"process {stopped[-1]} stopped for {STOPPED_S:g} s"

    def end() -> None:
        # Serve may have replaced it meanwhile.
        with suppress(ProcessLookupError):
            os.kill(stopped[-1], signal.SIGCONT)

    return Fault(f"stop {name}", "", begin, STOPPED_S, end)


def _kill_maintaining_writer(service: ChaosService) -> Fault:
    def begin() -> str:
        pid = _one(service, "IndexWriter")
        seen = _await_maintenance(service)
        os.kill(pid, signal.SIGKILL)
        return f"process {pid} killed {'in' if seen else 'without'} maintenance"

    return Fault("kill IndexWriter in maintenance", "", begin)


def _await_maintenance(service: ChaosService) -> bool:
    """Return once the writer has rewritten part of an index; False where it did not in time."""
    before, ends_s = _index_parts(service), time.monotonic() + 30
    while time.monotonic() < ends_s:
        if _index_parts(service) - before:
            return True
        time.sleep(0.02)
    return False


def _index_parts(service: ChaosService) -> set[str]:
    # Written by maintenance alone; folders vanish while they are looked through.
    with suppress(FileNotFoundError):
        return {path.name for path in (service.disk / "index").rglob("_indices/*")}
    return set()


def _kill_node(service: ChaosService) -> Fault:
    def begin() -> str:
        return f"{service.nodes[1].kill()} processes of a node killed"

    def end() -> None:
        # Under a number of its own: the dead node's ports may not be free yet.
        service.nodes.append(_joined(service, len(service.nodes) + 1))
        service.nodes[1] = service.nodes[-1]

    return Fault("kill a node", "", begin, STOPPED_S, end)


def _joined(service: ChaosService, number: int) -> LocalNode:
    """Add a node; Ray gives one up that is not known to the cluster within 30 s."""
    for again in range(JOINS - 1):
        with suppress(ClusterError):
            return service.add_node(number + again)
    return service.add_node(number + JOINS - 1)


def _fill_disk(service: ChaosService) -> Fault:
    ballast = service.disk / "ballast"

    def begin() -> str:
        written = 0
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    written += file.write(bytes(1 << 20))
            except OSError:
                pass
        return f"{written >> 20} MiB of ballast for {FULL_S:g} s"

    problem = f"no tmpfs: {service.disk_problem}" if service.disk_problem else ""
    return Fault("fill the disk", problem, begin, FULL_S, lambda: ballast.unlink(missing_ok=True))


def _shift_clock(service: ChaosService, shift: str) -> Fault:
    def begin() -> str:
        service.clock_file.write_text(f"{shift}\n")
        return f"clock by {shift} s for {SHIFTED_S:g} s, and back"

    def end() -> None:
        service.clock_file.write_text("+0\n")

    problem = "" if service.faketime else "libfaketime is not installed"
    return Fault(f"shift the clock {shift}", problem, begin, SHIFTED_S, end)
