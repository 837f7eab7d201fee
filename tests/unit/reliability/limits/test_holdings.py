"""What an administrator sees of clients' buckets is what the buckets hold."""

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from reliability.limits.authority import BucketAuthority, BucketRow
from reliability.limits.holdings import ClientTokens
from reliability.limits.leases import Grant, LeaseRequest, Returned
from reliability.limits.token_bucket import US, Policy

POLICY = Policy("search", 10, 1, 40)


class Nowhere:
    """A journal that keeps nothing."""

    def write(self, rows: Sequence[BucketRow], now_us: int, dropped: Iterable[str] = ()) -> None:
        return None

    def load(self) -> tuple[Sequence[BucketRow], int]:
        return [], 0


@given(st.lists(st.integers(1, 8), min_size=1, max_size=6))
def test_left_and_lent_add_up_to_the_burst(costs: list[int]) -> None:
    """At one moment nothing refills: what is not left is lent, and comes back."""
    authority = BucketAuthority(Nowhere(), US)
    grants = []
    for cost in costs:
        request = LeaseRequest("search|key:a", POLICY, cost, cost)
        [answer] = authority.settle("r", [request], [], US).answers
        grants += [answer] if isinstance(answer, Grant) else []
    [holding] = authority.holdings(US).holdings
    lent = sum(grant.tokens for grant in grants)
    assert (holding.client, holding.limit) == ("key:a", "search")
    assert (holding.tokens, holding.period_s, holding.burst) == (10, 1, 40)
    assert (holding.left, holding.lent) == (40 - lent, lent)
    back = [Returned("search|key:a", grant.lease, grant.tokens) for grant in grants]
    authority.settle("r", [], back, US)
    assert authority.holdings(US).holdings == [
        ClientTokens("key:a", "search", 10, 1, 40, left=40, lent=0, full_in_ms=0)
    ]


def test_those_that_asked_last_come_first_and_the_rest_is_counted() -> None:
    """A bound on what is told, never on what is said to be there."""
    authority = BucketAuthority(Nowhere(), US)
    for client in ("a", "b|c", "d", "a"):
        request = LeaseRequest(f"search|{client}", POLICY, 1, 1)
        authority.settle("r", [request], [], US)
    told = authority.holdings(US, most=2)
    assert [each.client for each in told.holdings] == ["a", "d"]
    assert (told.kept, told.replicas) == (3, 1)
    assert [each.client for each in authority.holdings(US).holdings] == ["a", "d", "b|c"]


def test_spent_tokens_come_back_with_time() -> None:
    """Ten a second: of twelve that were spent ten are back after a second."""
    authority = BucketAuthority(Nowhere(), US)
    [answer] = authority.settle("r", [LeaseRequest("search|a", POLICY, 12, 12)], [], US).answers
    assert isinstance(answer, Grant)
    authority.settle("r", [], [Returned("search|a", answer.lease, answer.tokens - 12)], US)
    [spent] = authority.holdings(US).holdings
    assert (spent.left, spent.full_in_ms) == (28, 1200)
    [later] = authority.holdings(2 * US).holdings
    assert (later.left, later.full_in_ms) == (38, 200)
