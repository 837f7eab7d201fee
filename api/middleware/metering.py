"""What a request costs: its work is counted from the door on, its joules are told in the answer.

Inside of admission, so that the client is known. What the door refuses is nobody's work; it
counts as overhead.
"""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.route_rules import UNLIMITED, rule_of
from api.middleware.observation import Footprint, client_hash
from sustainability.metering.estimate import Coefficients
from sustainability.metering.messages import Finished
from sustainability.work import RequestKey, WorkAccount
from telemetry.context import current, entered

EstimateHeaders = list[tuple[bytes, bytes]]


class Energy(Protocol):
    """A replica's side of the metering; ``deployments.replica.energy_reporter.EnergyReporter``."""

    account: WorkAccount
    coefficients: Coefficients
    method: str

    def finish(self, finished: Finished) -> None:
        """Note that an answer was sent."""
        ...


@dataclass(slots=True)
class _Metered:
    """A request that is being metered; a route says what it asked for."""

    energy: Energy
    endpoint: str
    kind: str = "request"
    units: float = 1.0
    estimate_j: float = 0.0

    def estimate(self) -> float:
        """Return joules by what is known now, and remember them."""
        self.estimate_j = self.energy.coefficients.energy_j(self.endpoint, self.kind, self.units)
        return self.estimate_j


_metered: ContextVar[_Metered | None] = ContextVar("metered_request", default=None)


def record_work(kind: str, units: float) -> None:
    """Say what the current request asked for, and how much of it."""
    metered = _metered.get()
    if metered is not None:
        metered.kind, metered.units = kind, max(1.0, units)


def estimated() -> dict[str, Any] | None:
    """Return the body's `energy` field, None where nothing is metered."""
    metered = _metered.get()
    if metered is None:
        return None
    energy_j, energy = metered.estimate(), metered.energy
    return {
        "estimate_j": energy_j,
        "emissions_g": energy.coefficients.emissions_g(energy_j),
        "method": energy.method,
    }


def estimated_j() -> float | None:
    """Return the current request's joules, None where nothing is metered."""
    metered = _metered.get()
    return None if metered is None else metered.estimate()


class HeaderEstimates:
    """An ``api.middleware.observation.RequestMeter``: headers, and the cost that they say."""

    def estimate(
        self, endpoint: str, notes: Mapping[str, Any]
    ) -> tuple[EstimateHeaders, Footprint | None]:
        """Return the estimate of the request whose answer begins now."""
        metered = _metered.get()
        if metered is None:
            return [], None
        energy_j = metered.estimate()
        emissions_g = metered.energy.coefficients.emissions_g(energy_j)
        headers = [
            (b"x-energy-joules", b"%.6g" % energy_j),
            (b"x-carbon-grams", b"%.6g" % emissions_g),
        ]
        return headers, Footprint(energy_j, emissions_g)


class MeteringMiddleware:
    """Opens a request's span on this replica and tells the calls below whose work it is."""

    def __init__(self, app: ASGIApp, energy: Energy) -> None:
        self._app = app
        self._energy = energy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = current()
        if scope["type"] != "http" or context is None or not _is_metered(scope):
            await self._app(scope, receive, send)
            return
        client = client_hash(_client_name(scope))
        metered = _Metered(self._energy, context.endpoint)
        key = RequestKey(context.request_id, context.endpoint, client)
        token = _metered.set(metered)
        start_s = time.monotonic()
        try:
            with entered(replace(context, client=client)), self._energy.account.span(key):
                await self._app(scope, receive, _watched(send, metered))
        finally:
            _metered.reset(token)
            now_s = time.monotonic()
            self._energy.finish(
                Finished(
                    key, metered.kind, metered.units, now_s - start_s, metered.estimate_j, now_s
                )
            )


def _watched(send: Send, metered: _Metered) -> Send:
    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            # Whatever was asked for, it was not done.
            metered.kind, metered.units = "error", 1.0
        await send(message)

    return watched


def _is_metered(scope: Scope) -> bool:
    root = scope.get("root_path", "")
    path = scope["path"].removeprefix(root) or "/"
    return rule_of(scope["method"], path).limit != UNLIMITED


def _client_name(scope: Scope) -> str:
    ticket = scope.get("state", {}).get("ticket")
    return ticket.client.name if ticket is not None else "anybody"
