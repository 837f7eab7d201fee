"""The three that keep state in a store, each as a life of a few steps that can be compared."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from deployments.monitoring.hub import HubService
from deployments.replica.pushes import SLO, Push
from reliability.limits.authority import BucketAuthority
from reliability.limits.bucket_file import BucketFile
from reliability.limits.leases import Grant, LeaseRequest
from reliability.limits.token_bucket import US, Policy
from reliability.slo.file import load_objectives
from reliability.slo.recorder import SloRecorder
from storage.errors import StoreDown
from storage.store import Connect, Store, StoreHealth
from sustainability.carbon import Intensity
from sustainability.metering.ledger import Tick
from sustainability.metering.messages import Finished, WorkReport
from sustainability.modes.in_force import ModeService
from sustainability.service import EnergyService
from sustainability.sources.readings import NODE
from sustainability.store import BookFile
from sustainability.work import Charges, RequestKey
from telemetry.aggregate import FORGOTTEN_S, MetricSource
from telemetry.hub_file import HubFile
from telemetry.registry import Registry

OBJECTIVES = load_objectives()
STEPS = 5


class Life(Protocol):
    """A component with its file."""

    def step(self, number: int) -> None:
        """Change something and write it, as its deployment does.

        Raises:
            StoreDown: It could not be written.
        """
        ...

    def state(self) -> Any:
        """Return all that must not be lost, comparable."""
        ...

    def store(self) -> Store:
        """Return the file."""
        ...

    def health(self) -> StoreHealth:
        """Return how writing goes, as a probe hears it."""
        ...

    def end(self) -> None:
        """Close the file."""
        ...


class HubLife:
    """Replicas push; one falls silent and is forgotten; another comes in its place."""

    def __init__(self, path: Path, opened: Connect | None = None) -> None:
        self.now_s = 1_800_000_000.0
        self.service = HubService(
            HubFile(path, opened), OBJECTIVES, self._clock, self._clock, "boot"
        )
        self.replicas: dict[str, tuple[Registry, SloRecorder]] = {}

    def _clock(self) -> float:
        return self.now_s

    def step(self, number: int) -> None:
        self.now_s += FORGOTTEN_S + 1.0 if number == 3 else 1.0
        names = ("a", "b") if number < 2 else ("c", "b")
        for name in names:
            registry, recorder = self.replicas.setdefault(
                name, (Registry(), SloRecorder(OBJECTIVES))
            )
            for _ in range(3 + number):
                registry.add("brainwav_http_requests_total", "POST", "/embed", "200")
                registry.add("brainwav_component_calls_total", name, f"m{number}", "ok", by=0.1)
                recorder.observe("/embed", "POST", 503 if name == "b" else 200, 0.01)
            source = MetricSource("Ingress", name, "1")
            sections = {SLO: recorder.snapshot()}
            self.service.push(Push(source, number + 1, registry.snapshot(), sections))
        unsaved = self.service.take_unsaved()
        try:
            self.service.write(unsaved)
        except Exception:
            self.service.put_back(unsaved)
            raise

    def state(self) -> Any:
        budget = self.service._tracker._slots["POST /embed"].budget()
        sequences = {n: self.service.sequence_of(MetricSource("Ingress", n, "1")) for n in "abc"}
        return dict(self.service._sums()), replace(budget), sequences

    def store(self) -> Store:
        return self.service._file.store

    def health(self) -> StoreHealth:
        return self.service.health

    def end(self) -> None:
        self.service.close()


class MeterLife:
    """Two hundred endpoints are charged; each step charges forty of them again."""

    def __init__(self, path: Path, opened: Connect | None = None) -> None:
        self.file = BookFile(path, opened)
        self.service = EnergyService("n1", ModeService())
        self.service.restore(self.file.load())

    def step(self, number: int) -> None:
        start_s = 10.0 * number
        for each in range(40):
            key = RequestKey(f"{number}-{each}", f"/e{40 * number + each}", f"c{each % 7}")
            done = Finished(key, "text", 1.0, 0.1, 0.5, start_s + 0.9)
            charges = Charges({key: 0.01 * (1 + each)})
            who = (f"r{each}", "Embedder", "n1", number + 1)
            report = WorkReport(*who, start_s, start_s + 1.0, charges, (done,))
            self.service.push(report, start_s + 1.0)
        for tick in range(8):
            at_s = start_s + tick
            self.service.book({NODE: Tick(at_s, at_s + 1, 30.0, 5.0, 2.0)}, GRID, at_s + 1)
        page = self.service.page({NODE: 5.0 + number})
        self.file.write(page)
        self.service.written()

    def state(self) -> Any:
        kinds = ("endpoint", "client", "deployment", "domain", "mode")
        accounts = {kind: dict(self.service.accounts.each(kind)) for kind in kinds}
        parts = (
            self.service.totals,
            accounts,
            self.service.estimator.state(),
            self.service.modes.state(),
        )
        return deepcopy(parts)

    def store(self) -> Store:
        return self.file.store

    def health(self) -> StoreHealth:
        return self.file.health

    def end(self) -> None:
        self.file.close()


GRID = Intensity(360.0, "a test")


class LimiterLife:
    """Clients take tokens that do not come back for an hour; one bucket gives way to another."""

    POLICY = Policy("p", 1, 3600, 20)

    def __init__(self, path: Path, opened: Connect | None = None) -> None:
        self.file = BucketFile(path, opened)
        self.authority = BucketAuthority(self.file, 10 * US, most_buckets=4)

    def step(self, number: int) -> None:
        names = [f"k{number}", "every", f"k{number - 1}"]
        asked = [LeaseRequest(name, self.POLICY, 1, 1 + number) for name in names]
        settled = self.authority.settle("r", asked, [], 10 * US)
        assert all(isinstance(answer, Grant) for answer in settled.answers)

    def state(self) -> Any:
        """Tokens that are left, by key; a restart must not know of more or of fewer."""
        accounts = self.authority._accounts
        return {key: account.bucket.tokens() for key, account in accounts.items()}

    def store(self) -> Store:
        return self.file.store

    def health(self) -> StoreHealth:
        return self.file.health

    def end(self) -> None:
        self.file.close()


LIVES: dict[str, Callable[..., Life]] = {
    "hub": HubLife,
    "meter": MeterLife,
    "limiter": LimiterLife,
}


def lived(life: Life, first: int = 0, last: int = STEPS) -> list[int]:
    """Go through steps; return those that could not be written."""
    failed = []
    for number in range(first, last):
        try:
            life.step(number)
        except StoreDown:
            failed.append(number)
    return failed
