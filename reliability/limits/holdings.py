"""What clients have left of their limits, as an administrator looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass

from reliability.limits.account import LendingBucket
from reliability.limits.token_bucket import US

MOST = 500
"""Told at once, those first that asked last: about three milliseconds."""


@dataclass(frozen=True, slots=True)
class ClientTokens:
    """One client's bucket of one class of routes; tokens in whole numbers."""

    client: str
    """A key's id, or an address."""
    limit: str
    """The class of routes."""
    tokens: int
    """A period's."""
    period_s: int
    burst: int
    left: int
    """Below 0: spent while the owner of the buckets was silent."""
    lent: int
    """Handed to ingress replicas, which spend it within seconds or give it back."""
    full_in_ms: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """The buckets that are not full, or were not a moment ago: full ones are forgotten."""

    holdings: Sequence[ClientTokens]
    kept: int
    """Buckets in all."""
    replicas: int
    """Ingress replicas that share them."""


def holding_of(key: str, account: LendingBucket, now_us: int) -> ClientTokens:
    """Return what is left in a bucket that was brought to ``now_us``; ``key`` names it."""
    policy, (limit, _, client) = account.policy, key.partition("|")
    return ClientTokens(
        client,
        limit,
        policy.limit,
        policy.period_us // US,
        policy.burst,
        account.bucket.tokens(),
        account.held(),
        max(0, account.full_in_us(now_us)) * 1000 // US,
    )
