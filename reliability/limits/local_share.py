"""What a replica admits on its own while the authority is silent: its share, and no more."""

from collections import OrderedDict

from reliability.limits.lease_book import Verdict
from reliability.limits.leases import lease_tokens
from reliability.limits.token_bucket import Policy, TokenBucket

MOST_KEYS = 20_000


class LocalShare:
    """Buckets that refill at rate/replicas and begin with one lease.

    During an outage all replicas together admit at most rate·t and one lease each, since the
    authority credits no refill for the time it was gone.
    """

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

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
            return Verdict(True, policy, bucket.tokens(), full_in_us, degraded=True)
        retry_us = share.wait_us(bucket.missing(share, cost))
        if cost > share.burst:
            # More than this share ever holds: worth another try once the authority is back.
            retry_us = full_in_us + share.period_us
        return Verdict(False, policy, bucket.tokens(), full_in_us, retry_us, degraded=True)


def _share(policy: Policy, replicas: int) -> Policy:
    # A longer period divides the rate exactly, whatever the number of replicas.
    burst = max(lease_tokens(policy, replicas), policy.burst // replicas)
    return Policy(policy.name, policy.limit, policy.period_s * replicas, burst)
