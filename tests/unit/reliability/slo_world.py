"""A tracker, a clock and a list of all requests."""

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from reliability.slo import rows as slo_rows
from reliability.slo.objectives import Objectives
from reliability.slo.recorder import SloRecorder
from reliability.slo.tracker import SloTracker
from tests.unit.reliability.slo_examples import OBJECTIVES, ROUTE

NOW_S = 1_800_000_000.0
STATUSES = (200, 200, 200, 200, 404, 429, 500, 503, 504)


@dataclass
class World:
    """A tracker with its SQLite file, and a replica that can push again or late."""

    now_s: float = NOW_S
    objectives: Objectives = OBJECTIVES
    recorder: SloRecorder = field(init=False)
    pushed: list[dict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        slo_rows.create(self.db)
        self.recorder = SloRecorder(self.objectives)
        self.restart()

    def restart(self) -> None:
        """End the hub and begin it again from its file."""
        self.tracker = SloTracker(self.objectives, self.now_s, slo_rows.load(self.db))

    def serve(self, count: int, status: int = 200, seconds: float = 0.01) -> None:
        for _ in range(count):
            self.recorder.observe(ROUTE.endpoint, ROUTE.method, status, seconds)

    def push(self, replica: str = "a", snapshot: dict | None = None) -> None:
        snapshot = snapshot or self.recorder.snapshot()
        self.pushed.append(snapshot)
        self.write(self.tracker.apply(replica, "1", snapshot, self.now_s))

    def write(self, changes: slo_rows.Changes) -> None:
        self.db.execute("BEGIN")
        slo_rows.write(self.db, changes)
        self.db.execute("COMMIT")

    def endpoint(self) -> dict:
        return self.tracker.report(self.now_s)["endpoints"][0]

    def figures(self, kind: str = "availability") -> dict:
        return next(o for o in self.endpoint()["objectives"] if o["kind"] == kind)


def requests(draw: random.Random, count: int) -> Iterator[tuple[int, float]]:
    for _ in range(count):
        yield draw.choice(STATUSES), draw.choice([0.01, 0.05, 0.3])
