"""A replica's work reaches the meter once, whatever happens on the way."""

import asyncio

import pytest

from deployments.replica.energy_reporter import QUIET_S, EnergyReporter
from sustainability.metering.estimate import Coefficients
from sustainability.metering.messages import Finished, PushReply, WorkReport
from sustainability.modes.profiles import Directive, Profile
from sustainability.work import RequestKey

KEY = RequestKey("r", "/embed", "c")
ECO = Directive("eco", Profile(max_wait_ms=20))


class Meters:
    """A handle to meters: takes reports, or fails."""

    def __init__(self) -> None:
        self.reports: list[WorkReport] = []
        self.down = False
        self.reply = PushReply("", ECO, Coefficients({}, 2.0))

    def broadcast(self, method: str, report: WorkReport) -> "Meters":
        assert method == "push"
        self._last = report
        return self

    async def results_async(self, return_exceptions: bool) -> list:
        assert return_exceptions
        if self.down:
            return [ConnectionError("restarting")]
        self.reports.append(self._last)
        return [self.reply]


@pytest.fixture
def meters() -> Meters:
    return Meters()


@pytest.fixture
def reporter(meters: Meters) -> EnergyReporter:
    return EnergyReporter("Embedder", meters)  # type: ignore[arg-type]


def work(reporter: EnergyReporter) -> None:
    with reporter.account.span(KEY):
        sum(range(50_000))
    reporter.finish(Finished(KEY, "text", 1.0, 0.1, 0.5, 0.0))


def test_work_is_reported_and_directives_come_back(
    reporter: EnergyReporter, meters: Meters
) -> None:
    """With what work costs now."""
    seen: list[Directive] = []

    def apply(directive: Directive) -> str:
        seen.append(directive)
        return "eco: done"

    reporter.on_directive(apply)
    work(reporter)
    asyncio.run(reporter._report())
    (report,) = meters.reports
    assert report.charges.cpu_s[KEY] > 0
    assert [finished.key for finished in report.finished] == [KEY]
    assert seen == [ECO]
    assert reporter.coefficients.joules_per_cpu_s == 2.0
    assert reporter.take_report().applied == "eco: done"


def test_work_waits_for_a_meter_that_restarts(reporter: EnergyReporter, meters: Meters) -> None:
    """In order, and each report once."""
    meters.down = True
    for _ in range(3):
        work(reporter)
        asyncio.run(reporter._report())
    meters.down = False
    work(reporter)
    asyncio.run(reporter._report())
    assert [report.sequence for report in meters.reports] == [1, 2, 3, 4]
    assert sum(len(report.finished) for report in meters.reports) == 4


def test_a_replica_at_rest_reports_seldom(reporter: EnergyReporter, meters: Meters) -> None:
    """Its first report, and one every few seconds."""
    asyncio.run(reporter._report())
    asyncio.run(reporter._report())
    assert len(meters.reports) == 1
    reporter._quiet_s = QUIET_S
    asyncio.run(reporter._report())
    assert len(meters.reports) == 2
