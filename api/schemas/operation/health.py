"""Bodies of `/health`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Component(BaseModel):
    """What one component answered when it was used; each adds what it measured."""

    model_config = ConfigDict(extra="allow")

    healthy: bool
    latency_ms: float


class Health(BaseModel):
    """`GET /health`."""

    status: Literal["healthy", "degraded"]
    as_of: float
    """Unix time at which this round of checks began."""
    components: dict[str, Component]


class Ready(BaseModel):
    """Requests can be served."""

    status: Literal["ready"]


class NotReady(BaseModel):
    """They cannot."""

    status: Literal["not_ready"]
    missing: list[str]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"]
