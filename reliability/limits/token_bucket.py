"""One token bucket in integers: exact for every rate, however long it runs.

A token is cut into ``period_us`` shares and every microsecond brings ``limit`` of them, so a
refill of 7 a minute is as exact as one of 60. A caller that waits as long as it was told finds
its tokens there; no window ever admits more than rate·t + burst.
"""

from dataclasses import dataclass

US = 1_000_000
"""Microseconds of a second."""
MOST_SHARES = 2**53
"""Shares stay exact in Redis' doubles too."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How fast a bucket refills and how much it holds."""

    name: str
    limit: int
    """Tokens that come back in a period."""
    period_s: int
    burst: int
    """Tokens of a full bucket."""

    def __post_init__(self) -> None:
        if min(self.limit, self.period_s, self.burst) < 1:
            raise ValueError(f"limit, period_s and burst of {self.name} are at least 1")
        if self.burst * self.period_us > MOST_SHARES or self.limit * self.period_us > MOST_SHARES:
            raise ValueError(f"{self.name}: limit or burst times period_s is over 9e9")

    @property
    def period_us(self) -> int:
        """Length of a period, and the shares of one token."""
        return self.period_s * US

    @property
    def rate_per_s(self) -> float:
        """Tokens a second."""
        return self.limit / self.period_s

    @property
    def window_s(self) -> int:
        """Seconds in which an empty bucket fills, rounded up."""
        return -(-self.burst * self.period_s // self.limit)

    def wait_us(self, shares: int) -> int:
        """Return the time in which so many shares come back, rounded up."""
        return max(0, -(-shares // self.limit))


@dataclass(slots=True)
class TokenBucket:
    """What is left at ``at_us``; all times come from one monotonic clock."""

    shares: int
    at_us: int
    period_us: int
    """Of the policy that ``shares`` are counted in."""

    @classmethod
    def full(cls, policy: Policy, now_us: int) -> "TokenBucket":
        """Return the bucket of a client never seen before."""
        return cls(policy.burst * policy.period_us, now_us, policy.period_us)

    def refill(self, policy: Policy, now_us: int, held: int = 0) -> None:
        """Bring the bucket to ``now_us``; a clock that went back brings nothing.

        Args:
            held: Tokens lent out and not yet spent for sure. They count as if they lay in
                the bucket, or a client could save up a lease beside a full bucket.
        """
        if policy.period_us != self.period_us:
            self.shares = self.shares * policy.period_us // self.period_us
            self.period_us = policy.period_us
        room = max(0, policy.burst - held) * policy.period_us
        gained = max(0, now_us - self.at_us) * policy.limit
        self.shares = min(room, self.shares + gained)
        self.at_us = max(self.at_us, now_us)

    def tokens(self) -> int:
        """Return the whole tokens left at the last refill; a debt counts as none."""
        return max(0, self.shares // self.period_us)

    def take(self, tokens: int) -> None:
        """Take tokens that are there."""
        self.shares -= tokens * self.period_us

    def put_back(self, tokens: int) -> None:
        """Return tokens that were taken and not spent; the next refill caps them."""
        self.shares += tokens * self.period_us

    def missing(self, policy: Policy, tokens: int) -> int:
        """Return the shares that are missing to so many tokens."""
        return max(0, tokens * policy.period_us - self.shares)
