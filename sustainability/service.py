"""The energy service: ticks of energy come from one side, reports of work from the other.

Everything an EnergyMeter does, without Ray and without a clock of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sustainability.carbon import Intensity
from sustainability.metering.accounts import Accounts, Totals
from sustainability.metering.estimate import Estimator
from sustainability.metering.kept_requests import KeptRequests, RequestEnergy, RequestRecord
from sustainability.metering.ledger import EnergyLedger, Settled, Tick
from sustainability.metering.messages import Finished, PushReply, WorkReport, sound
from sustainability.metering.recent import RecentMinute
from sustainability.modes.auto_policy import Situation
from sustainability.modes.in_force import ModeService
from sustainability.sources.readings import NODE
from sustainability.store import BookPage
from sustainability.units import grams

SETTLE_AFTER_S = 2.0
"""Two ticks: by then every replica has reported the work of this one."""
REPLICA_GONE_S = 15.0
UNKNOWN = Intensity(0.0, "not known yet")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is worth a warning; None never is."""

    power_w: float | None = None
    request_j: float | None = None


@dataclass(slots=True)
class _Replica:
    sequence: int
    seen_s: float
    applied: str


@dataclass(slots=True)
class EnergyService:
    """One node's books."""

    node: str
    modes: ModeService
    kept: KeptRequests = field(default_factory=lambda: KeptRequests(20_000, 600.0))
    thresholds: Thresholds = field(default_factory=Thresholds)
    totals: Totals = field(default_factory=Totals)
    accounts: Accounts = field(default_factory=Accounts)
    estimator: Estimator = field(default_factory=Estimator)
    recent: RecentMinute = field(default_factory=RecentMinute)
    intensity: Intensity = UNKNOWN
    method: str = "starting"
    """How the node's own power is known."""
    warnings: dict[str, str] = field(default_factory=dict)
    """By subject, so that a lasting one is said once."""
    _ledgers: dict[str, EnergyLedger] = field(default_factory=dict)
    _replicas: dict[str, _Replica] = field(default_factory=dict)

    @property
    def unsettled_j(self) -> float:
        """Energy that was measured and is not shared out yet."""
        return sum(ledger.unsettled_j for ledger in self._ledgers.values())

    def push(self, report: WorkReport, now_s: float) -> PushReply:
        """Take in a replica's work; that of another node is for that node's meter.

        Seconds and units that cannot be are left out: they would spoil every sum for good.
        """
        report = sound(report, now_s)
        if self._is_new(report, now_s):
            if report.node == self.node:
                self._take_work(report, now_s)
            for finished in report.finished:
                self._end(finished, report.node == self.node, now_s)
        coefficients = self.estimator.coefficients(self.intensity.g_per_kwh)
        return PushReply(self.node, self.modes.directive, coefficients, self.method)

    def book(self, ticks: Mapping[str, Tick], intensity: Intensity, now_s: float) -> None:
        """Take in what the meter read, share out what is due, and decide on the mode."""
        self.intensity = intensity
        for name, tick in ticks.items():
            self._ledger(name).add_energy(tick)
        node = ticks.get(NODE)
        if node is not None:
            idle_j = min(node.energy_j, node.idle_power_w * node.length_s)
            self.estimator.tick(node.energy_j - idle_j, node.busy_s)
            self.totals.seconds += node.length_s
            all_j = sum(tick.energy_j for tick in ticks.values())
            self.recent.add_power(node.end_s, all_j, node.length_s)
        for name, ledger in self._ledgers.items():
            for settled in ledger.settle(now_s - SETTLE_AFTER_S):
                self._post(name, settled, now_s)
        for record in self.kept.settle(now_s - 2 * SETTLE_AFTER_S):
            self._learn(record)
        self.kept.forget(now_s)
        self._forget_replicas(now_s)
        self._look_at_power()

    def applied(self) -> dict[str, str]:
        """Return what each replica says of the mode it applied."""
        return {name: replica.applied for name, replica in self._replicas.items()}

    def situation(self, utc_s: float, now_s: float) -> Situation:
        """Return what a policy looks at."""
        hour = int(utc_s // 3600) % 24
        power_w, p95_s = self.recent.power_w(), self.recent.p95_s(now_s)
        return Situation(now_s, hour, self.intensity.g_per_kwh, power_w, p95_s)

    def page(self, idle_w: Mapping[str, float]) -> BookPage:
        """Return what is not known to be written, for the file; with calibrated idle powers.

        Call ``written`` once it is: a page that could not be written is so made again.
        """
        state = {
            "idle_w": dict(idle_w),
            "totals": self.totals.to_json(),
            "estimator": self.estimator.state(),
            "mode": self.modes.state(),
        }
        return BookPage(state, self.accounts.unwritten())

    def written(self) -> None:
        """Note that the last page is written."""
        self.accounts.written()

    def restore(self, page: BookPage) -> None:
        """Take over what an earlier run wrote."""
        for key, account in page.accounts:
            self.accounts.restore(key, account)
        if page.state:
            self.totals = Totals(**page.state["totals"])
            self.estimator.restore(page.state["estimator"])
            self.modes.restore(page.state["mode"])

    def _is_new(self, report: WorkReport, now_s: float) -> bool:
        known = self._replicas.get(report.replica)
        new = known is None or report.sequence > known.sequence
        if new:
            self._replicas[report.replica] = _Replica(report.sequence, now_s, report.applied)
        return new

    def _take_work(self, report: WorkReport, now_s: float) -> None:
        charges, deployment = report.charges, report.deployment
        domains = {NODE: charges.cpu_s, **charges.device_s}
        for name, by_key in domains.items():
            work = {(key, deployment): seconds for key, seconds in by_key.items()}
            self._ledger(name).add_work(report.start_s, report.end_s, work)
            for key in by_key:
                self.kept.of(key, now_s)

    def _end(self, finished: Finished, here: bool, now_s: float) -> None:
        record = self.kept.of(finished.key, now_s)
        if not here:
            # Its estimate is counted where its client was answered.
            finished = replace(finished, estimate_j=0.0)
        record.end(finished)
        if not here:
            return
        key = finished.key
        self.recent.add_answer(finished.ended_s, key.endpoint, finished.took_s)
        mode_name = f"{self.modes.directive.mode} {key.endpoint}"
        names = (("endpoint", key.endpoint), ("client", key.client), ("mode", mode_name))
        for account in (self.accounts.of(*name) for name in names):
            account.requests += 1
            account.units += finished.units

    def _post(self, domain: str, settled: Settled, now_s: float) -> None:
        factor = self.intensity.g_per_kwh
        totals, tick = self.totals, settled.tick
        totals.measured_j += tick.energy_j
        totals.idle_j += settled.idle_j
        totals.overhead_j += settled.overhead_j
        totals.requests_j += settled.requests_j
        totals.emissions_g += grams(tick.energy_j, factor)
        domain_account = self.accounts.of("domain", domain)
        domain_account.energy_j += tick.energy_j
        domain_account.work_s += tick.length_s
        mode = self.modes.directive.mode
        mode_account = self.accounts.of("mode_total", mode)
        mode_account.energy_j += settled.dynamic_j
        mode_account.work_s += tick.length_s if domain == NODE else 0.0
        for (key, deployment), energy_j in settled.requests.items():
            work_s = settled.work_s[key, deployment]
            names = (
                ("endpoint", key.endpoint),
                ("client", key.client),
                ("deployment", deployment),
                ("mode", f"{mode} {key.endpoint}"),
            )
            for account in (self.accounts.of(*name) for name in names):
                account.energy_j += energy_j
                account.emissions_g += grams(energy_j, factor)
                account.work_s += work_s
            record = self.kept.of(key, now_s)
            record.emissions_g += grams(energy_j, factor)
            spent = record.by_deployment_j
            spent[deployment] = spent.get(deployment, 0.0) + energy_j
            _add(record.cost, domain, energy_j, work_s)

    def _learn(self, record: RequestRecord) -> None:
        fresh, cost = record.take_fresh()
        key = record.key
        kind = fresh[-1].kind if fresh else ""
        self.estimator.settled(
            (key.endpoint, kind),
            sum(finished.units for finished in fresh),
            cost.cpu_s,
            cost.elsewhere_j,
            cost.energy_j,
            sum(finished.estimate_j for finished in fresh),
        )
        limit_j = self.thresholds.request_j
        if limit_j is not None and cost.energy_j > limit_j:
            self.warnings[f"request {key.endpoint}"] = (
                f"a request to {key.endpoint} took {cost.energy_j:.3g} J, more than {limit_j:g} J"
            )

    def _look_at_power(self) -> None:
        limit_w, power_w = self.thresholds.power_w, self.recent.power_w()
        if limit_w is None or power_w <= limit_w:
            self.warnings.pop("power", None)
        else:
            self.warnings["power"] = (
                f"{power_w:.3g} W over the last minute, more than {limit_w:g} W"
            )

    def _forget_replicas(self, now_s: float) -> None:
        for name, replica in list(self._replicas.items()):
            if now_s - replica.seen_s > REPLICA_GONE_S:
                del self._replicas[name]

    def _ledger(self, domain: str) -> EnergyLedger:
        return self._ledgers.setdefault(domain, EnergyLedger())


def _add(cost: RequestEnergy, domain: str, energy_j: float, work_s: float) -> None:
    cost.energy_j += energy_j
    if domain == NODE:
        cost.cpu_s += work_s
    else:
        cost.elsewhere_j += energy_j
