"""What `GET /limits` and `GET /logs/{request_id}` answer."""

from typing import Any

from pydantic import BaseModel

from api.schemas.base import Warned


class ClientLimit(BaseModel):
    """One client's bucket of one class of routes."""

    client: str
    """A key's id, or an address."""
    limit: str
    """The class of routes."""
    tokens: int
    """Of one period."""
    period_s: int
    burst: int
    """The most that the bucket holds."""
    left: int
    """Below 0 where it spent ahead while limits could not be shared."""
    lent: int
    """Handed to ingress replicas: spent within seconds, or given back."""
    full_in_ms: int


class LimitsOut(BaseModel):
    """The buckets that are not full."""

    limits: list[ClientLimit]
    total: int
    """Buckets, listed or not."""
    replicas: int | None
    """Ingress replicas that share them; null where another service keeps them."""
    warnings: list[Warned]


class LogLineOut(BaseModel):
    """One line; keys, pictures and vectors were cut out before it was written."""

    at: str
    """ISO 8601, UTC."""
    component: str
    replica: str
    level: str
    event: str
    fields: dict[str, Any]
    """All else that it says."""


class LogLinesOut(BaseModel):
    """The lines of one request, ordered by time."""

    lines: list[LogLineOut]
    nodes: int
    """So many were asked."""
    warnings: list[Warned]
