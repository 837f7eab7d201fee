"""The owner of every bucket: lends tokens to replicas, exact through leases and restarts."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from reliability.account import Account
from reliability.leases import (
    LIFETIME_US,
    Denial,
    Grant,
    LeaseRequest,
    Returned,
    Settlement,
    lease_tokens,
)
from reliability.token_bucket import US, Policy, TokenBucket

REPLICA_SEEN_US = 10 * US
"""A replica that said nothing for so long is gone; they report every two seconds."""
RESTART_QUIET_US = US
"""After a restart nothing refills for so long: leases of the earlier life run out meanwhile,
and replicas that served on their own learn of the return."""
MOST_BUCKETS = 100_000


@dataclass(frozen=True, slots=True)
class BucketRow:
    """A bucket as it is written down."""

    key: str
    limit: int
    period_us: int
    burst: int
    shares: int
    held: int
    """Tokens lent out when it was written."""
    at_us: int


class BucketJournal(Protocol):
    """Where buckets are written before an answer leaves."""

    def write(self, rows: Sequence[BucketRow], now_us: int) -> None:
        """Write rows, and that the authority was alive at ``now_us``."""
        ...

    def drop(self, keys: Iterable[str]) -> None:
        """Forget buckets that are full."""
        ...

    def load(self) -> tuple[Sequence[BucketRow], int]:
        """Return the rows and when the authority was last alive."""
        ...


class BucketAuthority:
    """Every bucket, in memory and in a journal.

    Its promise: in any window of length t one key's clients spend at most rate·t + burst,
    whatever the replicas, the order of messages and the restarts (``tests/unit/reliability``
    checks it by random interleavings).
    """

    def __init__(
        self, journal: BucketJournal, now_us: int, most_buckets: int = MOST_BUCKETS
    ) -> None:
        self._journal = journal
        self._most_buckets = most_buckets
        self._accounts: OrderedDict[str, Account] = OrderedDict()
        self._seen_us: dict[str, int] = {}
        # Lease numbers of another life must never match.
        self._next_lease = now_us * 1024
        self._restore(now_us)

    def __len__(self) -> int:
        return len(self._accounts)

    def settle(
        self,
        replica: str,
        requests: Sequence[LeaseRequest],
        returned: Sequence[Returned],
        now_us: int,
    ) -> Settlement:
        """Take back what was not spent, then lend; the journal knows before the caller does."""
        self._seen_us[replica] = now_us
        replicas = self.replicas(now_us)
        for item in returned:
            self._take_back(item, now_us)
        answers = tuple(self._lend(request, replicas, now_us) for request in requests)
        granted = {r.key for r, a in zip(requests, answers, strict=True) if isinstance(a, Grant)}
        if granted:
            self._journal.write([self._row(key, now_us) for key in granted], now_us)
        return Settlement(answers, replicas)

    def replicas(self, now_us: int) -> int:
        """Return how many replicas were heard from lately, at least one."""
        lately = now_us - REPLICA_SEEN_US
        self._seen_us = {name: at for name, at in self._seen_us.items() if at > lately}
        return max(1, len(self._seen_us))

    def tidy(self, now_us: int) -> int:
        """Forget full buckets and note being alive; call it every second or so.

        Returns:
            Buckets forgotten.
        """
        full = [key for key, account in self._accounts.items() if account.is_full(now_us)]
        for key in full:
            del self._accounts[key]
        self._journal.drop(full)
        self._journal.write([], now_us)
        return len(full)

    def _lend(self, request: LeaseRequest, replicas: int, now_us: int) -> Grant | Denial:
        policy = request.policy
        account = self._account(request.key, policy, now_us)
        bucket = account.bucket
        account.refill(now_us)
        available = bucket.tokens()
        if available < request.need:
            # Counted from the bucket's own time: just after a restart that lies ahead.
            ready_us = bucket.at_us + policy.wait_us(bucket.missing(policy, request.need))
            return Denial(ready_us - now_us, available, account.full_in_us(now_us))
        tokens = min(available, max(request.want, lease_tokens(policy, replicas)))
        self._next_lease += 1
        account.lend(self._next_lease, tokens, now_us + LIFETIME_US)
        full_in_us = account.full_in_us(now_us)
        return Grant(self._next_lease, tokens, LIFETIME_US, bucket.tokens(), full_in_us)

    def _account(self, key: str, policy: Policy, now_us: int) -> Account:
        account = self._accounts.get(key)
        if account is None:
            account = Account(policy, TokenBucket.full(policy, now_us))
            self._accounts[key] = account
            if len(self._accounts) > self._most_buckets:
                # The one not asked for longest is the likeliest to be full.
                forgotten, _ = self._accounts.popitem(last=False)
                self._journal.drop([forgotten])
        self._accounts.move_to_end(key)
        account.use(policy)
        return account

    def _take_back(self, item: Returned, now_us: int) -> None:
        account = self._accounts.get(item.key)
        if account is not None:
            account.take_back(item.lease, item.unspent, now_us)

    def _row(self, key: str, now_us: int) -> BucketRow:
        account = self._accounts[key]
        policy, bucket = account.policy, account.bucket
        held = account.held()
        return BucketRow(
            key, policy.limit, policy.period_us, policy.burst, bucket.shares, held, bucket.at_us
        )

    def _restore(self, now_us: int) -> None:
        """Take over an earlier life's buckets without a free refill.

        Time is credited up to the last sign of life only: during the outage replicas spent
        shares of their own. The journal's clock may be of an earlier boot, so only
        differences within it are used.
        """
        rows, alive_us = self._journal.load()
        for row in rows:
            policy = Policy("", row.limit, row.period_us // US, row.burst)
            bucket = TokenBucket(row.shares, row.at_us, row.period_us)
            bucket.refill(policy, max(alive_us, row.at_us), row.held)
            bucket.at_us = now_us + RESTART_QUIET_US
            self._accounts[row.key] = Account(policy, bucket)
        if rows:
            self._journal.write([self._row(row.key, now_us) for row in rows], now_us)
