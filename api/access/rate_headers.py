"""What a client is told of its limit: X-RateLimit-*, Retry-After and the IETF draft's fields."""

import math

from reliability.limits.lease_book import Verdict
from reliability.limits.token_bucket import US

RateHeaders = list[tuple[bytes, bytes]]


def retry_after_s(verdict: Verdict) -> int:
    """Return whole seconds after which the same request goes in: rounded up, at least 1."""
    return max(1, math.ceil(verdict.retry_in_us / US))


def reset_utc_s(verdict: Verdict, now_utc_s: float) -> int:
    """Return the UTC epoch second at which the bucket is full again."""
    return math.ceil(now_utc_s) + math.ceil(verdict.full_in_us / US)


def rate_headers(verdict: Verdict, now_utc_s: float, ietf: bool) -> RateHeaders:
    """Return the fields of an answer.

    ``X-RateLimit-Limit`` is the bucket's depth and ``-Reset`` the moment it is full again. The
    IETF fields follow draft-ietf-httpapi-ratelimit-headers-10.
    """
    policy = verdict.policy
    fields = [
        (b"x-ratelimit-limit", policy.burst),
        (b"x-ratelimit-remaining", verdict.left),
        (b"x-ratelimit-reset", reset_utc_s(verdict, now_utc_s)),
    ]
    headers = [(name, str(value).encode()) for name, value in fields]
    if verdict.degraded:
        headers.append((b"x-ratelimit-policy", b"degraded"))
    if ietf:
        quota = f'"{policy.name}";q={policy.burst};w={policy.window_s}'
        full_in_s = math.ceil(verdict.full_in_us / US)
        state = f'"{policy.name}";r={verdict.left};t={full_in_s}'
        headers += [(b"ratelimit-policy", quota.encode()), (b"ratelimit", state.encode())]
    return headers
