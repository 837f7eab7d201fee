"""What is said to HAProxy of a refusal, and what it says of those it repeated."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.types import Scope

from api.access.proxy_memory import COUNTED, FIELD, MOST, MOST_WAIT_MS, to_remember, told_by_proxy
from reliability.limits.lease_book import Verdict
from reliability.limits.token_bucket import US, Policy

POLICY = Policy("search", 10, 60, 20)
REFUSED = Verdict(False, POLICY, 0, 120 * US, 5_999_001)


def told(**changed: Any) -> bytes | None:
    arguments = {"verdict": REFUSED, "kind": "key", "reset_utc_s": 9, "ietf": True} | changed
    return to_remember(**arguments)


def marked(value: bytes) -> Scope:
    return {"headers": [(b"host", b"a"), (FIELD, value)]}


def test_a_refusal_is_told_with_all_that_its_repetition_says() -> None:
    """Whose it is, milliseconds rounded up, the bucket's terms, the reset, the draft's fields."""
    assert told() == b"key 6000 10 60 20 120 9 1"
    assert told(kind="address", ietf=False) == b"place 6000 10 60 20 120 9 0"


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "guess"},
        {"verdict": replace(REFUSED, degraded=True)},
        {"verdict": replace(REFUSED, left=1)},
        {"verdict": replace(REFUSED, retry_in_us=(MOST_WAIT_MS + 1) * 1000)},
        {"reset_utc_s": MOST + 1},
    ],
)
def test_what_must_be_decided_anew_is_not_told(changed: dict[str, Any]) -> None:
    """Guesses, a replica's own share, a bucket with tokens, figures HAProxy cannot keep."""
    assert told(**changed) is None


def test_counts_are_read_by_route() -> None:
    """The sum stands first; what no route explains was elsewhere."""
    each = [0] * len(COUNTED)
    each[2], each[5] = 7, 1
    value = " ".join(map(str, (10, *each))).encode()
    counts = {COUNTED[2]: 7, COUNTED[5]: 1, ("GET", "unmatched"): 2}
    assert told_by_proxy(marked(value)) == counts


@pytest.mark.parametrize("value", [b"0", b"", b"1 2", b"x" * 9999, b"9" * 9999, b"1 -2", b"\xff"])
def test_nothing_else_is_counted(value: bytes) -> None:
    """A mark without counts, and whatever came round HAProxy."""
    assert told_by_proxy(marked(value)) == {}


def test_a_request_that_did_not_pass_the_proxy_is_not_marked() -> None:
    """Then nothing is told either."""
    assert told_by_proxy({"headers": [(b"host", b"a")]}) is None
