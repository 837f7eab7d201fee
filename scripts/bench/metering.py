"""What metering costs a process: spans, waits, an estimate and a report, timed by themselves."""

import asyncio
import pickle
import statistics
import time
from typing import Any

from api.middleware.metering import HeaderEstimates, MeteringMiddleware
from deployments.replica.energy_reporter import EnergyReporter
from scripts.bench.support.service import row
from sustainability.metering.estimate import Coefficients
from sustainability.work import RequestKey, not_working
from telemetry.context import CallContext, entered

REQUESTS = 3000
DEPLOYMENTS = 3
"""Behind the ingress, as a search has two and a plan more."""


def overhead_rows() -> list[dict[str, Any]]:
    """Return what metering adds to a request, and to a replica each second."""
    added_ms = statistics.median(added_us() for _ in range(5)) / 1000
    name = "metering a request over four deployments, ms"
    return [
        row(name, added_ms, "<= 0.1", added_ms <= 0.1, "nothing metered: 0"),
        row(
            "CPU of a replica's report, ms a second",
            reported_ms(),
            "reported",
            None,
            "without the push itself",
        ),
    ]


def added_us() -> float:
    """Return what metering adds to a request: ingress, headers, and spans further down."""
    return _middle(_served_us(metered=True)) - _middle(_served_us(metered=False))


def reported_ms() -> float:
    """Return the CPU of draining and packing a report of 50 requests."""
    reporter = EnergyReporter("Bench", None)
    start_s = time.process_time()
    for turn in range(100):
        for number in range(50):
            with reporter.account.span(RequestKey(f"{turn}-{number}", "/embed", "c")):
                pass
        pickle.dumps(reporter.take_report())
    return (time.process_time() - start_s) * 10


def _served_us(metered: bool) -> list[float]:
    reporter = EnergyReporter("Bench", None)
    reporter.coefficients = Coefficients({("/embed", "request"): 0.01}, 4.0, {}, 400.0)
    estimates = HeaderEstimates()

    async def app(scope, receive, send) -> None:
        for _ in range(DEPLOYMENTS):
            if metered:
                with not_working():
                    pass
                with reporter.account.span(RequestKey("r", "/embed", "c")):
                    pass
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message) -> None:
        if metered:
            estimates.estimate("/embed", {})

    async def run() -> list[float]:
        times = []
        served = MeteringMiddleware(app, reporter) if metered else app
        scope = {"type": "http", "method": "POST", "path": "/embed", "state": {}}
        for number in range(REQUESTS):
            with entered(CallContext(str(number), "", "/embed", "")):
                start_s = time.perf_counter()
                await served(scope, _nothing, send)
                times.append((time.perf_counter() - start_s) * 1e6)
        return times

    return asyncio.run(run())


async def _nothing() -> dict:
    return {}


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
