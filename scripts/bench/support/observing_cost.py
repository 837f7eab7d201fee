"""What observing costs a request, in one process."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.bench.support.service import row

ROUTE = "/v1/models"
ROUNDS, EACH = 40, 100


async def cost_of_observing() -> dict[str, Any]:
    from api.app import build_app
    from api.bodies.limits import RequestLimits
    from api.middleware.observation import ObservationMiddleware, Observer
    from api.request_id import RequestIdMiddleware
    from deployments.monitoring.hub import http_bounds
    from reliability.slo.file import load_objectives
    from reliability.slo.recorder import SloRecorder
    from telemetry import logs
    from telemetry.aggregate import MetricSource
    from telemetry.journal import Answered, Journal
    from telemetry.log_files.log_file import LogFile
    from telemetry.registry import Registry

    objectives = load_objectives()
    with tempfile.TemporaryDirectory() as folder:
        ring = Journal(Path(folder), MetricSource("Ingress", "bench", "1"))
        observer = Observer(
            Registry(http_bounds(objectives)),
            SloRecorder(objectives),
            journal=lambda method, endpoint, status, seconds, cost: ring.append(
                Answered(0, method, endpoint, status, seconds)
            ),
        )
        logs.configure(LogFile(Path(folder) / "lines.jsonl").write, component="Ingress")
        observed = build_app(_Models(), RequestLimits(), observer=observer)
        inner = observed._asgi._app
        assert isinstance(inner, ObservationMiddleware)
        plain = RequestIdMiddleware(inner._app)
        with_s, without_s = [], []
        for _ in range(ROUNDS):
            without_s += [await _once(plain) for _ in range(EACH)]
            with_s += [await _once(observed) for _ in range(EACH)]
        ring.remove()
    extra_ms = (statistics.median(with_s) - statistics.median(without_s)) * 1000
    base_ms = statistics.median(without_s) * 1000
    return row(
        "metrics + log + SLO on a request, p50 (ms)",
        extra_ms,
        "<= 0.2",
        extra_ms <= 0.2,
        f"{base_ms:.3f} ms without, the same application",
    )


class _Models:
    """A backend that answers at once, so that only the way through the application is timed."""

    async def encoder_info(self) -> Any:
        from retrieval.encoding import EncoderInfo

        return EncoderInfo("t", "j", 8, 8, 8, "fp32", "", 1, "cpu", True)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


async def _once(app: Any) -> float:
    scope = {
        "type": "http",
        "method": "GET",
        "path": ROUTE,
        "raw_path": ROUTE.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"b")],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        return None

    start_s = time.perf_counter()
    await app(scope, receive, send)
    return time.perf_counter() - start_s
