"""What `GET /slo` answers."""

from typing import Literal

from pydantic import BaseModel

Windows = dict[str, float | None]
"""By window, such as ``1h``; null without traffic, which is no data and never compliance."""


class Alert(BaseModel):
    """A burn rate alert that fires now."""

    name: str
    severity: Literal["page", "ticket"]


class ObjectiveReport(BaseModel):
    """One promise, and how it is kept over its window."""

    name: str
    title: str
    kind: Literal["availability", "latency", "energy", "carbon"]
    target: float
    max_seconds: float | None = None
    max_joules: float | None = None
    max_grams: float | None = None
    window_s: int
    status: Literal["no_data", "kept", "burning", "exhausted"]
    valid: int
    bad: int
    compliance: float | None
    budget_left: float | None
    """1 is all of it; below 0 it is overspent."""
    burn_rates: Windows
    """At 1 the budget lasts exactly its window."""
    exhaustion_s: float | None
    """Seconds until the budget is spent, were the last hour to go on."""
    exhausts_at: int | None
    alerts: list[Alert]


class RequestCounts(BaseModel):
    """Requests of the budget's window by what became of them."""

    all: int
    valid: int
    failed: int
    shed: int
    timed_out: int
    refused: int
    limited: int
    mean_joules: float | None
    mean_grams: float | None


class Percentiles(BaseModel):
    """Within 1 % of the exact value; null without traffic."""

    p50: float | None
    p95: float | None
    p99: float | None


class EndpointReport(BaseModel):
    """One route."""

    method: str
    endpoint: str
    requests: RequestCounts
    latency_ms: dict[str, Percentiles]
    """By window."""
    error_rate: Windows
    objectives: list[ObjectiveReport]


class SloReport(BaseModel):
    """Every route that has an objective."""

    as_of: float
    """Unix time."""
    endpoints: list[EndpointReport]


class HistoryPoint(BaseModel):
    """One minute or hour of a route; one without a request is left out."""

    at: int
    """Unix time at which it began."""
    requests: int
    failed: int
    limited: int
    """429."""
    p50_ms: float | None
    """Of the answers that succeeded, within 1 % of the exact value; null without any."""
    p95_ms: float | None
    p99_ms: float | None


class EndpointHistory(BaseModel):
    """One route."""

    method: str
    endpoint: str
    points: list[HistoryPoint]


class SloHistory(BaseModel):
    """Every route that was asked in the window."""

    as_of: float
    """Unix time."""
    over: str
    step_s: int
    """Seconds of a point."""
    endpoints: list[EndpointHistory]
