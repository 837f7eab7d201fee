"""Replicas, messages, crashes and clocks in any order: no client is ever over-admitted.

Random programs run the real authority, journal and lease books over a simulated network.
Times are microseconds of a true clock; every replica's own clock is shifted by a constant.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from reliability.limits.authority import BucketAuthority
from reliability.limits.bucket_file import BucketFile
from reliability.limits.in_process import MemoryJournal
from reliability.limits.leases import (
    LIFETIME_US,
    Denial,
    Grant,
    LeaseRequest,
    Returned,
)
from reliability.limits.token_bucket import US, Policy
from tests.unit.reliability.limits.lease_world import KEY, World, policies, programs, shifts
from tests.unit.reliability.limits.window_oracle import assert_within


@settings(max_examples=400, deadline=None)
@given(policy=policies, program=programs, shifts=shifts)
def test_no_interleaving_admits_more_than_the_rate_and_a_burst(policy, program, shifts) -> None:
    """Every window, through lost replies, restarts and shifted clocks."""
    world = World(policy, MemoryJournal(), shifts)
    world.run(program)
    assert_within(policy, world.admitted)


@settings(max_examples=15, deadline=None)
@given(policy=policies, program=programs)
def test_the_file_remembers_what_memory_does(policy, program) -> None:
    """The same promise over SQLite, closed and opened at no moment but a crash's."""
    with tempfile.TemporaryDirectory() as folder:
        journal = BucketFile(Path(folder) / "buckets.sqlite")
        world = World(policy, journal, [0] * 4)
        world.run(program)
        assert_within(policy, world.admitted)
        again = BucketFile(Path(folder) / "buckets.sqlite")
        assert again.load() == journal.load()
        journal.close()
        again.close()


def test_a_lease_is_not_saved_up_beside_a_full_bucket() -> None:
    """Borrow, let the bucket refill, then spend both: still no more than a burst."""
    policy = Policy("p", 100, 1, 100)
    world = World(policy, MemoryJournal(), [0, 0])
    world.request(0, 1, 0)
    world.now_us += LIFETIME_US - 1000
    for replica in (0, 1, 0, 1):
        for _ in range(policy.burst):
            world.request(replica, 1, 0)
    assert_within(policy, world.admitted)


def test_what_was_lent_before_a_crash_and_the_bucket_after_it_are_one() -> None:
    """A lease that outlives its authority still counts against the bucket."""
    policy = Policy("p", 100, 1, 100)
    journal = MemoryJournal()
    world = World(policy, journal, [0, 0])
    world.request(0, 1, 0)
    world.now_us += 100
    world.authority = BucketAuthority(journal, world.now_us)
    world.now_us += LIFETIME_US - 1000
    for replica in (0, 1, 1):
        for _ in range(policy.burst):
            world.request(replica, 1, 0)
    assert_within(policy, world.admitted)


def test_a_lease_ends_with_its_lender_however_slow_the_reply() -> None:
    """The borrower counts from when it asked; the tokens went back into the bucket meanwhile."""
    policy = Policy("p", 100, 1, 100)
    world = World(policy, MemoryJournal(), [0, 0])
    world.request(0, 1, 400_000)
    world.now_us += 150_000
    for replica in (0, 1, 1):
        for _ in range(policy.burst):
            world.request(replica, 1, 0)
    assert_within(policy, world.admitted)


def test_what_comes_back_late_counts_as_back_since_the_end() -> None:
    """The bucket filled up meanwhile, so it would have overflowed: found by a random program."""
    policy = Policy("p", 30, 1, 10)
    world = World(policy, MemoryJournal(), [0, 0, 0])
    world.request(0, 1, 0)
    world.request(0, 1, 0)
    for _ in range(policy.burst):
        world.request(2, 1, 0)
    world.now_us += 300_000
    world.request(1, 1, 200_000)
    for replica in (1, 0):
        for _ in range(policy.burst + 1):
            world.request(replica, 1, 0)
    assert_within(policy, world.admitted)


def test_a_lease_comes_back_once() -> None:
    """A return that arrives twice is believed once; one of an earlier life never."""
    policy = Policy("p", 1, 60, 40)
    journal = MemoryJournal()
    authority = BucketAuthority(journal, US)
    [grant] = authority.settle("a", [LeaseRequest(KEY, policy, 1, 20)], [], US).answers
    assert isinstance(grant, Grant)
    back = Returned(KEY, grant.lease, 20)
    authority.settle("a", [], [back, back], US)
    [rest] = authority.settle("a", [LeaseRequest(KEY, policy, 1, 99)], [], US).answers
    assert isinstance(rest, Grant)
    assert rest.tokens == 40
    later = BucketAuthority(journal, US)
    later.settle("a", [], [Returned(KEY, rest.lease, 40)], US)
    [refused] = later.settle("a", [LeaseRequest(KEY, policy, 1, 1)], [], US).answers
    assert isinstance(refused, Denial)


@pytest.mark.parametrize(
    "policy",
    [Policy("a", 600, 60, 60), Policy("b", 100, 1, 10), Policy("c", 60, 60, 60)],
    ids=str,
)
@pytest.mark.parametrize("in_proxy", [False, True], ids=["replicas alone", "behind a proxy"])
def test_four_replicas_lose_nothing_at_five_times_the_limit(policy: Policy, in_proxy: bool) -> None:
    """At least 97 % of rate·t + burst is admitted, never more than all of it; though a proxy
    repeats one replica's refusal while another still has tokens."""
    world = World(policy, MemoryJournal(), [0] * 4)
    start_us, per_s, refused_until_us = world.now_us, int(5 * policy.rate_per_s), 0
    for turn in range(60 * per_s):
        world.now_us = start_us + turn * US // per_s
        if world.now_us >= refused_until_us:
            verdict = world.request(turn % 4, 1, 0)
            if in_proxy and verdict is not None and not verdict.allowed:
                refused_until_us = world.now_us + min(US, verdict.retry_in_us + 1000)
        if turn % (per_s // 4 + 1) == 0:
            for replica in range(4):
                world.sweep(replica)
    ideal = policy.burst + 60 * policy.rate_per_s
    assert 0.97 * ideal <= len(world.admitted) <= ideal


def test_clients_under_their_limit_are_never_refused() -> None:
    """50 clients at 90 % of the rate on random replicas for two minutes."""
    policy = Policy("p", 60, 60, 10)
    world = World(policy, MemoryJournal(), [0] * 4)
    sent = 0
    for turn in range(108):
        world.now_us += 60 * US // 54
        world.request((turn * 7 + turn // 3) % 4, 1, 500)
        world.sweep(turn % 4)
        sent += 1
    assert len(world.admitted) == sent
