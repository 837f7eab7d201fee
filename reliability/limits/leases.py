"""What an ingress replica and the owner of the buckets say to each other.

Durations travel, never instants: the two run on clocks of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reliability.limits.token_bucket import US, Policy

LIFETIME_US = US
"""A lease not spent by then is void; what is left of it goes back. No shorter: where a thousand
clients come at once, half a second passes between a question and the use of its answer."""
LEASE_S = 0.25
"""A lease holds what its client may spend in this time."""


def lease_tokens(policy: Policy, replicas: int) -> int:
    """Return the tokens to lend at once: ``clamp(rate·0.25 s, 1, burst/(2·replicas))``.

    Half of the bucket stays with its owner even when every replica holds a lease.
    """
    most = policy.burst // (2 * max(1, replicas))
    return max(1, min(int(policy.rate_per_s * LEASE_S), most))


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """Tokens for one client's bucket, for requests that wait right now."""

    key: str
    policy: Policy
    need: int
    """Of the first waiting request; less than this is a denial."""
    want: int
    """Of all that wait."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What was not spent of a lease."""

    key: str
    lease: int
    unspent: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What a replica admitted on its own while the owner of the buckets did not answer it."""

    key: str
    policy: Policy
    tokens: int
    life: int
    """Of the owner, as it was last heard: an owner that was gone itself has credited no refill
    for that time, and asks nothing back."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A loan of tokens."""

    lease: int
    tokens: int
    lifetime_us: int
    """Counted by the borrower from the moment it asked, so its end comes first."""
    left: int
    """Tokens in the bucket after this."""
    full_in_us: int
    """Until the bucket is full again."""


@dataclass(frozen=True, slots=True)
class Denial:
    """Not enough tokens."""

    retry_in_us: int
    """After this wait ``need`` tokens are there, if nobody else takes them."""
    left: int
    full_in_us: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """The answers to a round of requests, in their order."""

    answers: tuple[Grant | Denial, ...]
    replicas: int
    """Ingress replicas heard from lately."""
    life: int = 0
    """Another number whenever no refill was credited for a while."""


class Authority(Protocol):
    """The one owner of all buckets, wherever it lives."""

    async def settle(
        self, replica: str, requests: Sequence[LeaseRequest], returned: Sequence[Returned | Owed]
    ) -> Settlement:
        """Take back and charge, then lend.

        Raises:
            AuthorityDown: No answer.
        """
        ...
