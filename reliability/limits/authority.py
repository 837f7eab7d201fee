"""The owner of every bucket: lends tokens to replicas, exact through leases and restarts.

Memory follows the journal: a loan that could not be written down is taken back at once, whoever
asked is told that there is no owner now and goes by its own share, and no bucket refills for the
time that this lasted, as after a restart.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from reliability.limits.account import LendingBucket
from reliability.limits.holdings import MOST, Holdings, holding_of
from reliability.limits.leases import (
    LIFETIME_US,
    Denial,
    Grant,
    LeaseRequest,
    Owed,
    Returned,
    Settlement,
    lease_tokens,
)
from reliability.limits.token_bucket import US, Policy, TokenBucket

REPLICA_SEEN_US = 10 * US
"""A replica that said nothing for so long is gone; they report every two seconds."""
RESTART_QUIET_US = US
"""After a restart nothing refills until the first question came and for so long after it: leases
of the earlier life run out meanwhile, and replicas that served on their own learn of the return."""
MOST_BUCKETS = 100_000
TIDIED_AT_ONCE = 500
"""Buckets that one ``tidy`` looks at: about three milliseconds."""
MOST_SILENCES = 64


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

    def write(self, rows: Sequence[BucketRow], now_us: int, dropped: Iterable[str] = ()) -> None:
        """Write rows, forget others, and note that the authority was alive at ``now_us``.

        Raises:
            Exception: Nothing of it was written.
        """
        ...

    def load(self) -> tuple[Sequence[BucketRow], int]:
        """Return the rows and when the authority was last alive."""
        ...


class BucketAuthority:
    """Every bucket, in memory and in a journal.

    Its promise: in any window of length t one key's clients spend at most rate·t + burst,
    whatever the replicas, the order of messages and the restarts (``tests/unit/reliability/limits``
    checks it by random interleavings).
    """

    def __init__(
        self, journal: BucketJournal, now_us: int, most_buckets: int = MOST_BUCKETS
    ) -> None:
        self._journal = journal
        self._most_buckets = most_buckets
        self._accounts: OrderedDict[str, LendingBucket] = OrderedDict()
        self._seen_us: dict[str, int] = {}
        # Every bucket's key once, in the order in which they are looked at by ``tidy``.
        self._round: OrderedDict[str, None] = OrderedDict()
        self._silent_since_us: int | None = None
        self._silences: list[tuple[int, int]] = []
        self._life = now_us
        self._unasked_since_us: int | None = None
        # Lease numbers of another life must never match.
        self._next_lease = now_us * 1024
        self._restore(now_us)

    def __len__(self) -> int:
        return len(self._accounts)

    def settle(
        self,
        replica: str,
        requests: Sequence[LeaseRequest],
        returned: Sequence[Returned | Owed],
        now_us: int,
    ) -> Settlement:
        """Take back what was not spent, charge what was spent unheard, then lend.

        The journal knows before the caller does.

        Raises:
            Exception: The journal could not be written; nothing was lent.
        """
        self._seen_us[replica] = now_us
        replicas = self.replicas(now_us)
        if self._unasked_since_us is not None:
            self._refill_not(self._unasked_since_us, now_us)
            self._unasked_since_us = None
        for item in returned:
            if isinstance(item, Returned):
                self._take_back(item, now_us)
        if self._silent_since_us is not None:
            # Nobody is told anything before the journal is back: a replica that hears now of an
            # owner and now of none would begin its own share anew each time.
            self._noted(lambda: self._journal.write([], now_us), now_us)
        evicted: list[tuple[str, LendingBucket]] = []
        charged = self._charge(returned, now_us, evicted)
        answers = tuple(self._lend(r, replicas, now_us, evicted) for r in requests)
        granted = [(r, a) for r, a in zip(requests, answers, strict=True) if isinstance(a, Grant)]
        try:
            self._write(charged | {request.key for request, _ in granted}, evicted, now_us)
        except BaseException:
            for request, grant in granted:
                self._take_back(Returned(request.key, grant.lease, grant.tokens), now_us)
            for key, account in reversed(evicted):
                self._accounts[key] = account
                self._accounts.move_to_end(key, last=False)
                self._round[key] = None
            raise
        return Settlement(answers, replicas, self._life)

    def replicas(self, now_us: int) -> int:
        """Return how many replicas were heard from lately, at least one."""
        lately = now_us - REPLICA_SEEN_US
        self._seen_us = {name: at for name, at in self._seen_us.items() if at > lately}
        return max(1, len(self._seen_us))

    def holdings(self, now_us: int, most: int = MOST) -> Holdings:
        """Return what clients have left, those first that asked last."""
        keys = list(islice(reversed(self._accounts), most))
        told = [holding_of(key, self._refilled(key, now_us), now_us) for key in keys]
        return Holdings(told, len(self._accounts), self.replicas(now_us))

    def tidy(self, now_us: int) -> int:
        """Forget some of the full buckets and note being alive; call it every second or so.

        It looks at a part of all buckets each time, so that it takes as long however many
        there are.

        Returns:
            Buckets forgotten.

        Raises:
            Exception: The journal could not be written; nothing was forgotten.
        """
        if self._unasked_since_us is not None:
            # Replicas may serve on their own shares yet: this is no sign of life.
            return 0
        looked = list(islice(self._round, TIDIED_AT_ONCE))
        full = [key for key in looked if self._refilled(key, now_us).is_full(self._until(now_us))]
        self._noted(lambda: self._journal.write([], now_us, full), now_us)
        for key in looked:
            self._round.move_to_end(key)
        for key in full:
            del self._accounts[key], self._round[key]
        return len(full)

    def _write(self, keys: set[str], evicted: list[tuple[str, LendingBucket]], now_us: int) -> None:
        if not keys and not evicted:
            return
        rows = [self._row(key) for key in keys if key in self._accounts]
        gone = [key for key, _ in evicted if key not in self._accounts]
        self._noted(lambda: self._journal.write(rows, now_us, gone), now_us)

    def _noted(self, write: Callable[[], None], now_us: int) -> None:
        """Write, and keep in mind from when to when nothing could be written."""
        try:
            write()
        except BaseException:
            if self._silent_since_us is None:
                self._silent_since_us = now_us
            raise
        if self._silent_since_us is not None:
            since_us, self._silent_since_us = self._silent_since_us, None
            self._refill_not(since_us, now_us)

    def _refill_not(self, since_us: int, now_us: int) -> None:
        """Credit nothing for a time in which replicas went by their own shares."""
        self._life += 1
        self._silences.append((since_us, now_us + RESTART_QUIET_US))
        if len(self._silences) > MOST_SILENCES:
            (first_us, _), (_, last_us), *rest = self._silences
            self._silences = [(first_us, last_us), *rest]

    def _refilled(self, key: str, now_us: int) -> LendingBucket:
        """Return an account brought to now; silences bring it nothing."""
        account = self._accounts[key]
        for since_us, until_us in self._silences:
            bucket = account.bucket
            if bucket.at_us < until_us:
                account.refill(min(now_us, since_us))
                bucket.at_us = max(bucket.at_us, until_us)
        account.refill(self._until(now_us))
        return account

    def _until(self, now_us: int) -> int:
        """Return the time up to which buckets refill: now, or where the silence began."""
        return now_us if self._silent_since_us is None else min(now_us, self._silent_since_us)

    def _lend(
        self,
        request: LeaseRequest,
        replicas: int,
        now_us: int,
        evicted: list[tuple[str, LendingBucket]],
    ) -> Grant | Denial:
        policy = request.policy
        account = self._account(request.key, policy, now_us, evicted)
        bucket = account.bucket
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

    def _account(
        self, key: str, policy: Policy, now_us: int, evicted: list[tuple[str, LendingBucket]]
    ) -> LendingBucket:
        if key not in self._accounts:
            self._accounts[key] = LendingBucket(policy, TokenBucket.full(policy, now_us))
            self._round[key] = None
            while len(self._accounts) > self._most_buckets:
                # The one not asked for longest is the likeliest to be full.
                oldest, account = self._accounts.popitem(last=False)
                del self._round[oldest]
                evicted.append((oldest, account))
        self._accounts.move_to_end(key)
        # Under the terms of now, the time that has passed included: a raised limit counts at once.
        self._accounts[key].use(policy)
        return self._refilled(key, now_us)

    def _take_back(self, item: Returned, now_us: int) -> None:
        if item.key in self._accounts:
            account = self._refilled(item.key, now_us)
            account.take_back(item.lease, item.unspent, self._until(now_us))

    def _charge(
        self,
        reports: Sequence[Returned | Owed],
        now_us: int,
        evicted: list[tuple[str, LendingBucket]],
    ) -> set[str]:
        owed = [item for item in reports if isinstance(item, Owed) and item.life == self._life]
        for item in owed:
            self._account(item.key, item.policy, now_us, evicted).charge(item.tokens)
        return {item.key for item in owed}

    def _row(self, key: str) -> BucketRow:
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
            bucket.at_us = now_us
            self._accounts[row.key] = LendingBucket(policy, bucket)
            self._round[row.key] = None
        if rows:
            self._unasked_since_us = now_us
            self._journal.write([self._row(row.key) for row in rows], now_us)
