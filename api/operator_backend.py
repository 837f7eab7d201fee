"""What the routes of those who run the service need from it; a part of ``api.backend.Backend``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.plan_messages import AnswerBody
from reliability.limits.holdings import Holdings
from reliability.slo.history import HistoryWindow
from retrieval.documents import Json
from sustainability.modes.profiles import EnergyMode


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """What one component answered when it was really used."""

    name: str
    healthy: bool
    latency_ms: float
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class NodeLines:
    """Log lines of one request, ordered by time, as they were written."""

    lines: Sequence[Mapping[str, Json]]
    nodes: int
    """So many told theirs."""
    files: int
    """So many were looked through."""
    left_out: int
    """Files and lines beyond the bounds of a search."""


class OperatorBackend(Protocol):
    """Figures, limits, log lines and energy of the whole service."""

    async def slo(self) -> AnswerBody:
        """Report on every objective, over all replicas."""
        ...

    async def slo_history(self, over: HistoryWindow) -> AnswerBody:
        """Tell requests and latencies of every route slot by slot, over all replicas."""
        ...

    async def limits(self) -> Holdings | None:
        """Tell what clients have left of their limits; None where that is not kept here."""
        ...

    async def log_lines(self, request_id: str) -> NodeLines:
        """Look for a request's log lines on all nodes."""
        ...

    async def metrics_text(self) -> bytes:
        """Return all metrics over all replicas as Prometheus reads them."""
        ...

    async def energy_report(self) -> AnswerBody:
        """Return the body of `GET /sustainability`."""
        ...

    async def request_energy(self, client: str, request_id: str) -> AnswerBody:
        """Return what a client's own request cost; raises ``UnknownRequest``."""
        ...

    async def set_energy_mode(self, mode: EnergyMode) -> AnswerBody:
        """Switch the mode of all replicas; returns the mode's state."""
        ...

    async def needed_components(self) -> Sequence[ComponentHealth]:
        """Use what no request can do without for real and say how it went."""
        ...

    async def other_components(self) -> Sequence[ComponentHealth]:
        """Use all others: without one of them some requests wait or fail, and others do not."""
        ...
