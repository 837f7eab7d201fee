"""What a replica admits on its own while the authority is silent: its share, and no more."""

from collections import OrderedDict

from reliability.limits.lease_book import Verdict
from reliability.limits.leases import Owed, lease_tokens
from reliability.limits.token_bucket import Policy, TokenBucket

MOST_KEYS = 20_000


class LocalShare:
    """Buckets that refill at rate/replicas and begin with one lease.

    During an outage all replicas together admit at most rate·t and one lease each, since the
    authority credits no refill for the time it was gone. If it was there and only this replica
    did not hear it, what was admitted is ``owed`` to it.
    """

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()
        self._owed: dict[str, tuple[Policy, int]] = {}

    def begin(self) -> None:
        """Start an outage: nobody carries over more than a lease from an earlier one."""
        self._buckets.clear()

    def take(self, key: str, policy: Policy, cost: int, replicas: int, now_us: int) -> Verdict:
        """Decide a request by this replica's share."""
        share = _share(policy, replicas)
        bucket = self._buckets.get(key)
        if bucket is None:
            first = lease_tokens(policy, replicas) * share.period_us
            bucket = self._buckets[key] = TokenBucket(first, now_us, share.period_us)
            if len(self._buckets) > MOST_KEYS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.refill(share, now_us)
        full_in_us = share.wait_us(bucket.missing(share, share.burst))
        if bucket.tokens() >= cost:
            bucket.take(cost)
            self._note(key, policy, cost)
            return Verdict(True, policy, bucket.tokens(), full_in_us, degraded=True)
        retry_us = share.wait_us(bucket.missing(share, cost))
        if cost > share.burst:
            # More than this share ever holds: worth another try once the authority is back.
            retry_us = full_in_us + share.period_us
        return Verdict(False, policy, bucket.tokens(), full_in_us, retry_us, degraded=True)

    def owed(self, life: int) -> list[Owed]:
        """Return what was admitted and not yet told to an authority of that life."""
        return [Owed(key, policy, tokens, life) for key, (policy, tokens) in self._owed.items()]

    def told(self, owed: list[Owed]) -> None:
        """Forget what the authority knows now; what is told twice is forgotten once."""
        for item in owed:
            policy, tokens = self._owed.pop(item.key, (item.policy, 0))
            if tokens > item.tokens:
                self._owed[item.key] = policy, tokens - item.tokens

    def _note(self, key: str, policy: Policy, cost: int) -> None:
        # Where more keys come than are kept, some of them owe nothing: as those of a full table.
        if key in self._owed or len(self._owed) < MOST_KEYS:
            self._owed[key] = policy, self._owed.get(key, (policy, 0))[1] + cost


def _share(policy: Policy, replicas: int) -> Policy:
    # A longer period divides the rate exactly, whatever the number of replicas.
    burst = max(lease_tokens(policy, replicas), policy.burst // replicas)
    return Policy(policy.name, policy.limit, policy.period_s * replicas, burst)
