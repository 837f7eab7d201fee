"""Every request is measured, judged against its objective and told in one line, here alone.

Outermost but for the request id: what the door refuses counts as well.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.route_templates import RouteTemplates, method_label
from telemetry.context import CallContext, entered
from telemetry.logs import get_logger
from telemetry.metric_table import HTTP_DURATION
from telemetry.registry import Registry
from telemetry.request_fields import gathered_fields
from telemetry.trace_context import traceparent_of

HUNG_UP = 499
"""The client left before the answer began; nobody's fault here."""
QUIET_PREFIXES = ("/health", "/metrics")
"""Probes come by the second: their lines are written only when something is wrong or slow."""
SLOW_PROBE_S = 0.25


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a request is estimated to have cost, in joules and grams of CO2 equivalent."""

    energy_j: float
    carbon_g: float


class RequestJudge(Protocol):
    """Judges requests; ``reliability.slo.recorder.SloRecorder``."""

    def observe(
        self,
        endpoint: str,
        method: str,
        status: int,
        seconds: float,
        energy_j: float | None = None,
        carbon_g: float | None = None,
    ) -> str | None:
        """Count a request and return its verdict, None where nothing was promised."""
        ...


class RequestMeter(Protocol):
    """Estimates the energy of a request from what was noted of it."""

    def estimate(
        self, endpoint: str, notes: Mapping[str, Any]
    ) -> tuple[list[tuple[bytes, bytes]], Footprint | None]:
        """Return headers for the answer and what they say; nothing where unmetered."""
        ...


class _NoObjectives:
    def observe(self, *_request: Any, **_energy: Any) -> None:
        return None


class _NoMeter:
    def estimate(self, endpoint: str, notes: Mapping[str, Any]) -> tuple[list, None]:
        return [], None


def _unwritten(*_request: Any) -> None:
    return None


@dataclass(slots=True)
class Observer:
    """Where observations go; objectives and meter are replaced when the settings change."""

    registry: Registry = field(default_factory=Registry)
    objectives: RequestJudge = field(default_factory=_NoObjectives)
    meter: RequestMeter = field(default_factory=_NoMeter)
    journal: Callable[[str, str, int, float, Footprint | None], None] = _unwritten
    """Writes a request down where it outlives this process."""
    in_flight: int = 0
    now_s: Callable[[], float] = time.perf_counter

    def count(
        self, method: str, endpoint: str, status: int, seconds: float, cost: Footprint | None
    ) -> str | None:
        """Count a request that ends and return its verdict."""
        self.registry.add("brainwav_http_requests_total", method, endpoint, str(status))
        shown = f"{status // 100}xx"
        self.registry.observe(HTTP_DURATION, method, endpoint, shown, value=seconds)
        self.journal(method, endpoint, status, seconds, cost)
        energy_j, carbon_g = (cost.energy_j, cost.carbon_g) if cost else (None, None)
        return self.objectives.observe(endpoint, method, status, seconds, energy_j, carbon_g)


class ObservationMiddleware:
    """Measures from the request's head to the last byte of the answer, the first of a stream's.

    A request is counted just before its last byte leaves: one that a client saw answered was
    counted, whatever happens to this process afterwards.
    """

    def __init__(self, app: ASGIApp, observer: Observer, templates: RouteTemplates) -> None:
        self._app = app
        self._observer = observer
        self._templates = templates
        self._log = get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        observer = self._observer
        endpoint = self._templates.of(_path(scope))
        context = CallContext(
            scope.get("state", {}).get("request_id", ""),
            traceparent_of(scope["headers"]),
            endpoint,
            "",
        )
        observer.in_flight += 1
        try:
            with entered(context), gathered_fields() as notes:
                answer = _Answer(observer, method_label(scope["method"]), endpoint, notes, send)
                try:
                    await self._app(scope, receive, answer.send)
                finally:
                    self._tell(scope, context, answer)
        finally:
            observer.in_flight -= 1

    def _tell(self, scope: Scope, context: CallContext, answer: "_Answer") -> None:
        endpoint, took_s = context.endpoint, answer.end()
        code = scope.get("state", {}).get("error_code")
        if code is not None and answer.status >= 400:
            self._observer.registry.add("brainwav_http_refusals_total", code)
        quick = answer.status == 200 and took_s < SLOW_PROBE_S
        if quick and endpoint.startswith(QUIET_PREFIXES):
            return
        self._log.info(
            "request",
            method=answer.method,
            route=endpoint,
            status=answer.status,
            latency_ms=round(took_s * 1000, 3),
            client=client_hash(_client_name(scope)),
            slo=answer.verdict,
            joules=answer.cost.energy_j if answer.cost else None,
            **answer.notes,
        )


class _Answer:
    """Sees the answer leave: its status, and when it was whole."""

    def __init__(
        self,
        observer: Observer,
        method: str,
        endpoint: str,
        notes: dict[str, Any],
        send: Send,
    ) -> None:
        self.method = method
        self.status = 0
        self.notes = notes
        self.cost: Footprint | None = None
        self.verdict: str | None = None
        self._observer = observer
        self._endpoint = endpoint
        self._start_s = observer.now_s()
        self._took_s: float | None = None
        self._send = send

    def end(self) -> float:
        """Count the request unless it was, and return the seconds it took."""
        if self._took_s is None:
            self._took_s = self._observer.now_s() - self._start_s
            self.status = self.status or HUNG_UP
            self.verdict = self._observer.count(
                self.method, self._endpoint, self.status, self._took_s, self.cost
            )
        return self._took_s

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers, self.cost = self._observer.meter.estimate(self._endpoint, self.notes)
            message["headers"] = [*message["headers"], *headers]
            if _is_stream(message["headers"]):
                self.end()
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            self.end()
        await self._send(message)


@lru_cache(maxsize=4096)
def client_hash(name: str) -> str:
    """Return what logs and ledgers call a client: short, always the same, and not its name."""
    return hashlib.blake2s(name.encode(), digest_size=6).hexdigest() if name else ""


def _client_name(scope: Scope) -> str:
    ticket = scope.get("state", {}).get("ticket")
    return ticket.client.name if ticket is not None else ""


def _is_stream(headers: Any) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in headers
    )


def _path(scope: Scope) -> str:
    root = scope.get("root_path", "")
    path: str = scope["path"]
    return path.removeprefix(root) or "/" if root else path
