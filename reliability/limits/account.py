"""One client's bucket and what was lent from it."""

from dataclasses import dataclass, field

from reliability.limits.token_bucket import US, Policy, TokenBucket

RETURN_GRACE_US = 5 * US
"""What is left of a lease may come back so long after its end."""


@dataclass(slots=True)
class Loan:
    """Tokens of one lease."""

    tokens: int
    expires_us: int
    room: int
    """Shares that still fitted at the fullest moment since its end. What comes back after the
    end counts as back since then, and would have overflowed beyond this."""


@dataclass(slots=True)
class LendingBucket:
    """A bucket whose room shrinks by what is lent."""

    policy: Policy
    bucket: TokenBucket
    loans: dict[int, Loan] = field(default_factory=dict)

    def use(self, policy: Policy) -> None:
        """Go on under other terms."""
        if policy != self.policy:
            for loan in self.loans.values():
                # Counted in the old terms: what comes back late is lost, never doubled.
                loan.room = 0
            self.policy = policy

    def refill(self, now_us: int) -> None:
        """Bring the bucket to ``now_us``, its room growing at the moment each lease ended."""
        for loan in self.loans.values():
            if self.bucket.at_us < loan.expires_us <= now_us:
                self._refill(loan.expires_us)
        self._refill(now_us)
        oldest_us = now_us - RETURN_GRACE_US
        if self.loans and next(iter(self.loans.values())).expires_us < oldest_us:
            self.loans = {k: v for k, v in self.loans.items() if v.expires_us >= oldest_us}

    def held(self) -> int:
        """Return the tokens lent out at the time of the bucket."""
        at_us = self.bucket.at_us
        return sum(loan.tokens for loan in self.loans.values() if loan.expires_us > at_us)

    def lend(self, number: int, tokens: int, expires_us: int) -> None:
        """Lend tokens that are there."""
        self.bucket.take(tokens)
        self.loans[number] = Loan(tokens, expires_us, tokens * self.policy.period_us)

    def take_back(self, number: int, unspent: int, now_us: int) -> None:
        """Put back what is left of a lease, once."""
        self.refill(now_us)
        loan = self.loans.pop(number, None)
        if loan is None:
            # Void for good, returned twice, or lent in an earlier life.
            return
        shares = min(unspent, loan.tokens) * self.policy.period_us
        if loan.expires_us <= self.bucket.at_us:
            shares = min(shares, loan.room)
        self.bucket.shares += shares
        self._note_room()

    def charge(self, tokens: int) -> None:
        """Take tokens that were spent elsewhere; what is missing is a debt of at most a burst."""
        least = -self.policy.burst * self.policy.period_us
        self.bucket.take(tokens)
        self.bucket.shares = max(least, self.bucket.shares)
        self._note_room()

    def full_in_us(self, now_us: int) -> int:
        """Return the time until the bucket is full."""
        missing = self.bucket.missing(self.policy, self.policy.burst)
        return self.bucket.at_us - now_us + self.policy.wait_us(missing)

    def is_full(self, now_us: int) -> bool:
        """Whether nothing would be lost by forgetting it."""
        self.refill(now_us)
        return not self.held() and not self.bucket.missing(self.policy, self.policy.burst)

    def _refill(self, now_us: int) -> None:
        self.bucket.refill(self.policy, now_us, self.held())
        self._note_room()

    def _note_room(self) -> None:
        full = self.policy.burst * self.policy.period_us
        room = max(0, full - self.bucket.shares - self.held() * self.policy.period_us)
        for loan in self.loans.values():
            if loan.expires_us <= self.bucket.at_us:
                loan.room = min(loan.room, room)
