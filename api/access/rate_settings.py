"""Rate limits as `serve_config.yaml` states them; changeable while the service runs."""

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from reliability.limits.token_bucket import Policy

MIB = 1024 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limit(_Strict):
    """Tokens per client: ``limit`` come back every ``period_s``, at most ``burst`` are kept."""

    limit: int = Field(ge=1)
    """Tokens that come back in a period."""
    period_s: int = Field(default=60, ge=1)
    """Seconds of a period."""
    burst: int | None = Field(default=None, ge=1)
    """By default as many as come back in a period."""

    @model_validator(mode="after")
    def _countable(self) -> "Limit":
        self.policy("limit")
        return self

    def policy(self, name: str) -> Policy:
        """Return the bucket's terms."""
        return Policy(name, self.limit, self.period_s, self.burst or self.limit)


class LimitClasses(_Strict):
    """A client's limits by class of route; a request costs its items.

    A field is a class: rows of ``route_rules`` name it, and all that knows classes knows it.
    """

    embed: Limit = Limit(limit=60)
    """Single files, counted in requests."""
    embed_batch: Limit = Limit(limit=6000)
    """Counted in items, a picture as four: a first import is not refused, nor slowed to a crawl."""
    search: Limit = Limit(limit=600)
    suggest: Limit = Limit(limit=1200)
    """A class of its own: typing must not eat the searches."""
    read: Limit = Limit(limit=1200)
    write: Limit = Limit(limit=6000)
    """Counted in documents, not in requests."""
    plan: Limit = Limit(limit=10)
    reflect: Limit = Limit(limit=20)


LIMIT_CLASSES = tuple(LimitClasses.model_fields)
if TYPE_CHECKING:
    LimitName = str
else:
    LimitName = Literal[LIMIT_CLASSES]


class RateLimits(LimitClasses):
    """The limits, and how they are kept."""

    enabled: bool = True
    """False counts nothing."""
    ietf_headers: bool = False
    """Send the draft's `RateLimit` and `RateLimit-Policy` too."""
    refuse_when_degraded: tuple[LimitName, ...] = ()
    """Classes that are refused with 503 while the authority is silent."""
    refuse_in_proxy: bool = True
    """Let HAProxy repeat a refusal while it holds, for a second at most each time."""
    least_replicas: int = Field(default=2, ge=1)
    """Ingress replicas there may be; while the authority is silent each has this part of a
    limit. At least the Ingress' `max_replicas`."""

    def policy(self, name: str) -> Policy | None:
        """Return a class' terms, None where nothing is counted."""
        limit = getattr(self, name, None) if self.enabled else None
        return limit.policy(name) if isinstance(limit, Limit) else None


class Overload(_Strict):
    """Bounds of one ingress replica."""

    max_concurrent_requests: int = Field(default=1000, ge=1)
    """More are answered 503 at once; below Serve's `max_ongoing_requests`."""
    max_concurrent_per_client: int = Field(default=128, ge=1)
    """More of one client are answered 429."""
    max_body_bytes_at_once: int = Field(default=512 * MIB, ge=1)
    """Of memory for all bodies being read or worked on (``api.bodies.account``); more are answered
    503. Bodies of up to 64 KiB are always admitted."""
    max_body_bytes_per_client: int = Field(default=256 * MIB, ge=1)
    """Of the same for one client; more are answered 429, but for its first."""
    request_deadline_s: float = Field(default=150.0, gt=0)
    """From the request's head to the answer's; a client may ask for less."""
    body_pause_s: float = Field(default=10.0, gt=0)
    """The longest silence while a body is read."""
    body_deadline_s: float = Field(default=60.0, gt=0)
    """For the whole body."""
