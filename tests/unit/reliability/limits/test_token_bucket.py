"""The bucket against its definition: any window admits at most rate·t + burst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reliability.limits.token_bucket import US, Policy, TokenBucket
from tests.unit.reliability.limits.window_oracle import assert_within

policies = st.builds(
    Policy,
    name=st.just("p"),
    limit=st.integers(1, 5000),
    period_s=st.sampled_from([1, 7, 60, 3600]),
    burst=st.integers(1, 300),
)
steps = st.lists(
    st.tuples(st.integers(-5 * US, 90 * US), st.integers(1, 40)), min_size=1, max_size=60
)


def take(bucket: TokenBucket, policy: Policy, cost: int, now_us: int) -> bool:
    bucket.refill(policy, now_us)
    if bucket.tokens() < cost:
        return False
    bucket.take(cost)
    return True


@given(policy=policies, steps=steps)
def test_no_window_admits_more_than_the_rate_and_a_burst(policy: Policy, steps) -> None:
    """Also with a clock that jumps back: time lost brings no tokens."""
    bucket, now_us, latest_us = TokenBucket.full(policy, 0), 0, 0
    admitted = []
    for gap_us, cost in steps:
        now_us += gap_us
        latest_us = max(latest_us, now_us)
        if take(bucket, policy, cost, now_us):
            admitted.append((latest_us, cost))
    assert_within(policy, admitted)


@given(policy=policies, drained=st.integers(0, 300), cost=st.integers(1, 300))
def test_waiting_exactly_as_told_is_enough_and_a_microsecond_less_is_not(
    policy: Policy, drained: int, cost: int
) -> None:
    """The wait is exact, for odd rates too."""
    cost = min(cost, policy.burst)
    bucket = TokenBucket.full(policy, 0)
    bucket.take(min(drained, policy.burst))
    wait_us = policy.wait_us(bucket.missing(policy, cost))
    if wait_us:
        early = TokenBucket(bucket.shares, bucket.at_us, bucket.period_us)
        assert not take(early, policy, cost, wait_us - 1)
    assert take(bucket, policy, cost, wait_us)


@given(policy=policies, seconds=st.integers(1, 2000))
def test_a_greedy_client_gets_its_whole_rate(policy: Policy, seconds: int) -> None:
    """Nothing is lost to rounding: after any time the whole tokens due were admitted."""
    bucket = TokenBucket.full(policy, 0)
    bucket.take(policy.burst)
    due = min(policy.burst, seconds * policy.limit // policy.period_s)
    bucket.refill(policy, seconds * US)
    assert bucket.tokens() == due


def test_a_change_of_the_period_keeps_the_tokens() -> None:
    """Limits change while requests run; nobody is refilled or emptied by it."""
    before, after = Policy("p", 60, 60, 60), Policy("p", 5, 1, 80)
    bucket = TokenBucket.full(before, 0)
    bucket.take(50)
    bucket.refill(after, 0)
    assert bucket.tokens() == 10


def test_a_smaller_burst_takes_effect_at_once() -> None:
    """A full bucket is cut to its new depth."""
    bucket = TokenBucket.full(Policy("p", 60, 60, 60), 0)
    bucket.refill(Policy("p", 60, 60, 10), 0)
    assert bucket.tokens() == 10


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"period_s": 0}, {"burst": 0}, {"burst": 10**12}])
def test_a_policy_that_cannot_be_exact_is_refused(wrong: dict) -> None:
    """Zero rates, and numbers beyond what Redis counts exactly."""
    with pytest.raises(ValueError, match="p"):
        Policy(**({"name": "p", "limit": 60, "period_s": 60, "burst": 60} | wrong))
