"""What the application and the HAProxy in front of it tell each other about refusals.

HAProxy repeats a refusal by itself while it holds, at a tenth of the cost; the rules that it
follows are written by ``deployments.haproxy.refusal_rules``. Both directions use one field:

- On a request HAProxy puts in how many it refused since it last said so, by route. A request
  that never passed our HAProxy has no such field, and its answer tells nothing.
- On a 429 the application puts in how long it holds and what to tell whom. HAProxy takes the
  field out again and forgets all of it a second later, whatever it says.
"""

import math
from collections.abc import Mapping

from starlette.types import Scope

from api.access.route_rules import RULES, UNLIMITED
from api.access.route_templates import UNMATCHED
from reliability.limits.lease_book import Verdict

FIELD = b"x-brainwav-proxy"
MEMORY_S = 1
"""How long HAProxy remembers. Limits that were raised and keys that were revoked in the meantime
count again after it."""
MOST_WAIT_MS = 2**31 - 1
"""HAProxy keeps times modulo 2**32 ms; a longer wait could not be told from one that is over."""
MOST = 2**32 - 1
"""What HAProxy can keep of the other figures."""

COUNTED: tuple[tuple[str, str], ...] = tuple(
    key for key, rule in RULES.items() if rule.limit != UNLIMITED and rule.access != "open"
)
"""Method and route template of every count, in the order of the field; the sum stands first."""
MOST_FIELD = 11 * (len(COUNTED) + 1)
ELSEWHERE = ("GET", UNMATCHED)
"""Stands for what was refused outside of all routes."""

WHOSE = {"key": "key", "address": "place"}
"""Of a kind of client, what HAProxy knows it by."""

RefusalCounts = Mapping[tuple[str, str], int]


def told_by_proxy(scope: Scope) -> RefusalCounts | None:
    """Return what HAProxy refused since it last said so; None if the request did not pass it."""
    for name, value in scope["headers"]:
        if name == FIELD:
            return _counts(value)
    return None


def to_remember(verdict: Verdict, kind: str, reset_utc_s: int, ietf: bool) -> bytes | None:
    """Return the field of a 429 to a request that asked for one token.

    Args:
        kind: Of the client: ``key`` is known by its key alone, ``address`` by where it comes from.
        reset_utc_s: As told in ``X-RateLimit-Reset``.
        ietf: Whether the draft's fields are sent too.

    Returns:
        None where every request must be decided anew: those who guess keys seldom send the same
        one twice, another replica may have a share left while the authority is silent, and some
        figures are too large for HAProxy.
    """
    policy = verdict.policy
    wait_ms = math.ceil(verdict.retry_in_us / 1000)
    terms = (policy.limit, policy.period_s, policy.burst, policy.window_s, reset_utc_s)
    whose = WHOSE.get(kind)
    if whose is None or verdict.degraded or verdict.left:
        return None
    if wait_ms > MOST_WAIT_MS or max(terms) > MOST:
        return None
    return " ".join(map(str, (whose, wait_ms, *terms, int(ietf)))).encode()


def _counts(value: bytes) -> RefusalCounts:
    # HAProxy puts in what fits; anything else came round it.
    if len(value) > MOST_FIELD or not value.replace(b" ", b"").isdigit():
        return {}
    total, *each = map(int, value.split())
    if len(each) != len(COUNTED):
        return {}
    counts = dict(zip(COUNTED, each, strict=True)) | {ELSEWHERE: max(0, total - sum(each))}
    return {route: count for route, count in counts.items() if count}
