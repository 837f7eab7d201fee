"""While nobody hears the owner of the buckets, and after: rate·t, a burst and a lease, no more."""

from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.limits.authority import RESTART_QUIET_US, BucketAuthority
from reliability.limits.in_process import MemoryJournal
from reliability.limits.lease_book import LeaseBook
from reliability.limits.leases import (
    lease_tokens,
)
from reliability.limits.local_share import LocalShare
from reliability.limits.token_bucket import US, Policy
from tests.unit.reliability.limits.lease_world import KEY, World, policies


@settings(max_examples=100, deadline=None)
@given(
    policy=policies,
    outage_us=st.integers(0, 30 * US),
    turns=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200_000)), max_size=200),
)
def test_an_outage_admits_one_lease_per_replica_more_and_no_refill_twice(
    policy: Policy, outage_us: int, turns
) -> None:
    """Drained bucket, outage on local shares, restart: rate·t + burst + a lease per replica."""
    journal = MemoryJournal()
    world = World(policy, journal, [0] * 4)
    start_us = world.now_us
    for replica in range(4):
        for _ in range(policy.burst):
            world.request(replica, 1, 0)
    world.authority.tidy(world.now_us)
    silent_until_us = world.now_us + outage_us
    shares = [LocalShare() for _ in range(4)]
    for replica, gap_us in turns:
        world.now_us += gap_us
        # A replica hears of the return within the quiet time after it.
        if world.now_us > silent_until_us + RESTART_QUIET_US:
            break
        if shares[replica].take(KEY, policy, 1, 4, world.now_us).allowed:
            world.admitted.append((world.now_us, 1))
    world.authority = BucketAuthority(journal, silent_until_us)
    world.now_us = max(world.now_us, silent_until_us)
    for replica in range(4):
        for _ in range(policy.burst):
            world.request(replica, 1, 0)
    spent = sum(tokens for _, tokens in world.admitted)
    extra = 4 * lease_tokens(policy, 4)
    lasted_us = world.now_us - start_us
    allowed = (policy.burst + extra) * policy.period_us + lasted_us * policy.limit
    assert spent * policy.period_us <= allowed


def test_what_is_owed_is_told_once_and_what_came_since_stays() -> None:
    """Told twice, by two questions that crossed, nothing breaks and nothing is forgotten."""
    policy, share = Policy("p", 60, 60, 60), LocalShare()
    assert share.take(KEY, policy, 1, 1, US).allowed
    first = share.owed(7)
    assert [(item.key, item.tokens, item.life) for item in first] == [(KEY, 1, 7)]
    assert share.take(KEY, policy, 1, 1, 2 * US).allowed
    share.told(first)
    assert [item.tokens for item in share.owed(7)] == [1]
    share.told(first)
    share.told(first)
    assert share.owed(7) == []


def test_nothing_refills_before_the_first_question_after_a_restart() -> None:
    """The owner was back for half a minute, and replicas went by their own shares meanwhile."""
    policy = Policy("p", 60, 60, 60)
    journal = MemoryJournal()
    world = World(policy, journal, [0])
    for _ in range(60):
        world.request(0, 1, 0)
    world.authority = BucketAuthority(journal, world.now_us)
    for _ in range(30):
        world.now_us += US
        world.authority.tidy(world.now_us)
    world.books = [LeaseBook()]
    world.request(0, 1, 0)
    # Killed again before it was asked: what it did until then was no sign of life.
    world.authority = BucketAuthority(journal, world.now_us)
    world.now_us += 10 * US
    world.books = [LeaseBook()]
    world.request(0, 1, 0)
    assert len(world.admitted) == 60
    world.now_us += RESTART_QUIET_US + US
    world.books = [LeaseBook()]
    world.request(0, 1, 0)
    assert len(world.admitted) == 61


@settings(max_examples=200, deadline=None)
@given(
    policy=policies,
    outages=st.lists(
        st.tuples(st.integers(0, 3), st.lists(st.integers(0, 2 * US), max_size=20)), max_size=5
    ),
)
def test_outages_of_single_replicas_refill_nobody(policy: Policy, outages) -> None:
    """The owner lends on to the others; once it was told and a debt is paid, all is counted."""
    world = World(policy, MemoryJournal(), [0] * 4)
    start_us = world.now_us
    life = world.authority.settle("0", [], [], world.now_us).life
    alone = 0
    for deaf, gaps in outages:
        share = LocalShare()
        for gap_us in gaps[: policy.burst]:
            world.now_us += gap_us
            alone += share.take(KEY, policy, 1, 4, world.now_us).allowed
            world.request((deaf + 1) % 4, 1, 0)
        world.authority.settle(str(deaf), [], share.owed(life), world.now_us)
        world.now_us += policy.window_s * US
        for _ in range(policy.burst):
            world.request((deaf + 1) % 4, 1, 0)
    spent = alone + sum(tokens for _, tokens in world.admitted)
    lasted_us = world.now_us - start_us
    assert spent * policy.period_us <= policy.burst * policy.period_us + lasted_us * policy.limit


def test_a_restart_is_no_free_refill() -> None:
    """A drained bucket is still drained after the authority came back."""
    policy = Policy("p", 60, 60, 60)
    journal = MemoryJournal()
    world = World(policy, journal, [0])
    for _ in range(60):
        world.request(0, 1, 0)
    assert len(world.admitted) == 60
    for _ in range(20):
        world.authority = BucketAuthority(journal, world.now_us)
        world.books = [LeaseBook()]
        world.request(0, 1, 0)
    assert len(world.admitted) == 60
