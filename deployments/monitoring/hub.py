"""What the MetricsHub does with pushes, without Ray: adds up, judges, remembers, tells."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any
from uuid import uuid4

from deployments.replica.pushes import SLO, Push
from reliability.slo import rows as slo_rows
from reliability.slo.history import HistoryWindow
from reliability.slo.objectives import Objectives
from reliability.slo.rows import Changes
from reliability.slo.tally import Share
from reliability.slo.tracker import SloTracker
from reliability.steady_clock import SteadyClock, boot_id
from storage.store import StoreHealth
from telemetry.aggregate import Aggregate, Kept, MetricSource
from telemetry.exposition import Sample, exposed, text
from telemetry.histogram_buckets import latency_bounds_s
from telemetry.hub_file import HubFile
from telemetry.logs import get_logger
from telemetry.metric_table import HTTP_DURATION
from telemetry.series import key

log = get_logger()
MOST_SAID = 1000
HubText = tuple[str, bytes]
"""A version, which no other text of any hub has, and the text."""


@dataclass(slots=True)
class Unsaved:
    """What changed since the last save."""

    kept: dict[MetricSource, Kept] = field(default_factory=dict)
    forgotten: list[MetricSource] = field(default_factory=list)
    slo: Changes = field(default_factory=Changes)
    totals: dict[str, float] = field(default_factory=dict)
    """As they were when this was taken."""

    def before(self, later: "Unsaved") -> "Unsaved":
        """Return both; of one thing the later state counts."""
        return Unsaved(
            {**self.kept, **later.kept},
            # One that was thought dead and pushed again is alive.
            [source for source in self.forgotten if source not in later.kept] + later.forgotten,
            _joined(self.slo, later.slo),
            {**self.totals, **later.totals},
        )


class HubService:
    """The aggregate over all replicas and the budgets of all objectives, kept in a file.

    Args:
        file: Where both are remembered.
        objectives: What is promised.
        clock_s: Never goes back; begins anew with the machine, or with the process.
        now_s: Unix time, which may jump: nothing but what is told goes by it.
        boot: ``reliability.steady_clock.boot_id()``.
    """

    def __init__(
        self,
        file: HubFile,
        objectives: Objectives,
        clock_s: Callable[[], float],
        now_s: Callable[[], float],
        boot: str | None = None,
    ) -> None:
        self._file = file
        self._bounds = http_bounds(objectives)
        self._began_s, self._clock_s, self._now_s = clock_s(), clock_s, now_s
        self._since_s = file.since_s(now_s())
        self._aggregate: Aggregate = file.load()
        if not slo_rows.are_there(file.db):
            file.store.write(slo_rows.create)
        mark = slo_rows.load_mark(file.db)
        self._steady_s = SteadyClock.started(
            clock_s, now_s, boot_id() if boot is None else boot, mark
        )
        self._tracker = SloTracker(objectives, self._steady_s(), slo_rows.load(file.db))
        self._unsaved = Unsaved()
        self._said: set[MetricSource] = set()
        self._name, self._texts = uuid4().hex, 0

    def push(self, push: Push) -> None:
        """Take a replica's numbers; one that comes twice or late changes nothing.

        Numbers that cannot be are left out, counted and said once for each source.
        """
        source, refused = push.source, self._aggregate.refused
        taken = self._aggregate.push(source, push.sequence, push.snapshot, self._age_s())
        if self._aggregate.refused > refused:
            self._say(source, "numbers that cannot be, or more series than there can be")
        if not taken:
            return
        self._unsaved.kept[source] = self._aggregate.kept[source]
        if SLO in push.sections:
            self._judge(source, push.sections[SLO])

    def sequence_of(self, source: MetricSource) -> int:
        """Return the number of a source's last push, 0 for one that never pushed."""
        return self._aggregate.sequence_of(source)

    def render(self) -> HubText:
        """Return everything as Prometheus reads it, to be told once it is written down."""
        shown = text(self._sums(), self._gauges(), self._bounds)
        self._texts += 1
        return f"{self._name}-{self._texts}", shown.encode()

    def samples(self) -> Iterator[Sample]:
        """Yield every line of ``text`` as data."""
        for _, samples in exposed(self._sums(), self._gauges(), self._bounds):
            yield from samples

    def slo(self) -> dict[str, Any]:
        """Report on the objectives; see ``reliability.slo.report``."""
        return self._tracker.report(self._steady_s(), told_s=self._now_s())

    def slo_history(self, over: HistoryWindow) -> dict[str, Any]:
        """Return latencies slot by slot; see ``reliability.slo.history``."""
        return self._tracker.history(self._steady_s(), self._now_s(), over)

    def state(self) -> dict[str, object]:
        """Say how many replicas push, and how old the oldest figure is."""
        age_s = self._age_s()
        return {
            "replicas_reporting": sum(self._aggregate.replicas(age_s).values()),
            "snapshot_age_s": round(self._aggregate.oldest_s(age_s), 3),
            "series": len(self._aggregate.totals),
            "numbers_refused": self._aggregate.refused,
            **self.health.said(),
        }

    @property
    def refused(self) -> int:
        """Numbers of pushes that were left out since this process began."""
        return self._aggregate.refused

    @property
    def health(self) -> StoreHealth:
        """How writing goes."""
        return self._file.health

    def take_unsaved(self) -> Unsaved:
        """Return what changed since it was last taken."""
        taken, self._unsaved = self._unsaved, Unsaved()
        taken.totals |= self._aggregate.take_changed()
        taken.forgotten += self._aggregate.forget(self._age_s())
        taken.kept = {s: k for s, k in taken.kept.items() if s in self._aggregate.kept}
        return taken

    def write(self, unsaved: Unsaved) -> None:
        """Write in one transaction; from any thread, one at a time.

        Raises:
            storage.errors.StoreDown: It could not be written: ``put_back`` it.
        """

        def also(db: Connection) -> None:
            slo_rows.write(db, unsaved.slo)
            slo_rows.write_mark(db, self._steady_s.mark())

        self._file.save(unsaved.kept, unsaved.forgotten, also, unsaved.totals)

    def put_back(self, unsaved: Unsaved) -> None:
        """Have what could not be written be written with the next."""
        self._unsaved = unsaved.before(self._unsaved)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _judge(self, source: MetricSource, snapshot: Mapping[str, Any]) -> None:
        try:
            changes = self._tracker.apply(source.replica, source.epoch, snapshot, self._steady_s())
        # A replica of another release in a rollout: its metrics count, its verdicts cannot.
        except ValueError as error:
            self._say(source, f"verdicts that cannot be counted: {error}")
            return
        self._unsaved.slo = _joined(self._unsaved.slo, changes)

    def _sums(self) -> dict[str, float]:
        return {
            **self._aggregate.totals,
            **dict(slo_counts(self._tracker.totals())),
        }

    def _gauges(self) -> dict[str, float]:
        age_s = self._age_s()
        gauges = self._aggregate.gauges(age_s)
        for component, count in self._aggregate.replicas(age_s).items():
            gauges[key("brainwav_replicas_reporting", (component,))] = count
        gauges[key("brainwav_snapshot_age_seconds")] = round(self._aggregate.oldest_s(age_s), 3)
        gauges[key("brainwav_hub_start_time_seconds")] = self._since_s
        gauges.update(slo_gauges(self._tracker.report(self._steady_s(), latencies=False)))
        return gauges

    def _say(self, source: MetricSource, what: str) -> None:
        # Once: it comes again with every push, each second.
        if source not in self._said and len(self._said) < MOST_SAID:
            self._said.add(source)
            log.warning("metrics_hub.not_counted", source=str(source)[:200], what=what[:200])

    def _age_s(self) -> float:
        return self._clock_s() - self._began_s


def http_bounds(objectives: Objectives) -> dict[str, tuple[float, ...]]:
    """Return the bounds of request latency: every threshold that is promised is one."""
    return {HTTP_DURATION: latency_bounds_s(objectives.latency_thresholds_s())}


def slo_counts(totals: Mapping[str, Share]) -> Iterator[tuple[str, float]]:
    """Yield what objectives judged as counters: from 0, or the first failure would be lost."""
    for objective, share in totals.items():
        yield key("brainwav_slo_valid_total", (objective,)), share.valid
        yield key("brainwav_slo_bad_total", (objective,)), share.bad


def slo_gauges(report: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the objectives' figures as gauges; what has no data has none."""
    for endpoint in report["endpoints"]:
        for objective in endpoint["objectives"]:
            name = objective["name"]
            figures: dict[tuple[str, ...], float | None] = {
                ("brainwav_slo_compliance_ratio", name): objective["compliance"],
                ("brainwav_slo_error_budget_remaining_ratio", name): objective["budget_left"],
            }
            for window, rate in objective["burn_rates"].items():
                figures[("brainwav_slo_burn_rate", name, window)] = rate
            for (metric, *labels), value in figures.items():
                if value is not None:
                    yield key(metric, tuple(labels)), value


def _joined(earlier: Changes, later: Changes) -> Changes:
    # By place, so that a minute that changes with every push is written once.
    gone = set(later.gone)
    kept = [row for row in earlier.rows if row.kind != "source" or row.name not in gone]
    rows = {(row.kind, row.name, row.at): row for row in (*kept, *later.rows)}
    return Changes(
        list(rows.values()),
        [*earlier.expired, *later.expired][-16:],
        [*earlier.gone, *later.gone],
    )
