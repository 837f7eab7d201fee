"""The owner of the buckets while nothing can be written, and how long it takes to tidy."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliability.limits.authority import TIDIED_AT_ONCE, BucketAuthority, BucketRow
from reliability.limits.in_process import MemoryJournal
from reliability.limits.lease_book import LeaseBook
from reliability.limits.leases import Denial, Grant, LeaseRequest, Returned, lease_tokens
from reliability.limits.local_share import LocalShare
from reliability.limits.token_bucket import US, Policy
from tests.unit.reliability.limits.lease_world import KEY, World, delays, gaps, policies
from tests.unit.reliability.limits.window_oracle import assert_within


class Failing(MemoryJournal):
    """A journal on a disk that is full now and then."""

    full = False

    def write(self, rows: Sequence[BucketRow], now_us: int, dropped: Iterable[str] = ()) -> None:
        if self.full:
            raise OSError("no space left")
        super().write(rows, now_us, dropped)


acts = st.sampled_from(["request", "drain", "sweep", "tidy", "fault"])
steps = st.lists(st.tuples(gaps, delays, acts, st.integers(0, 3)), max_size=40)


@settings(max_examples=200, deadline=None)
@given(policy=policies, program=steps)
def test_no_fault_of_the_journal_admits_more_than_the_rate_and_a_burst(policy, program) -> None:
    """Replicas that are not answered admit by their shares: at most a lease each more."""
    journal = Failing()
    world = World(policy, journal, [0] * 4)
    shares = [LocalShare() for _ in range(4)]
    faults = 0

    def ask(replica: int) -> None:
        try:
            world.request(replica, 1, 0)
        except OSError:
            if shares[replica].take(KEY, policy, 1, 4, world.now_us).allowed:
                world.admitted.append((world.now_us, 1))

    for gap_us, _, action, replica in program:
        world.now_us += gap_us
        if action == "fault":
            journal.full = not journal.full
            faults += journal.full
            for share in shares:
                share.begin()
        elif action in ("request", "drain"):
            for _ in range(1 if action == "request" else policy.burst + 2):
                ask(replica)
        else:
            try:
                world.sweep(replica) if action == "sweep" else world.authority.tidy(world.now_us)
            except OSError:
                assert journal.full
    assert_within(policy, world.admitted, slack=faults * 4 * lease_tokens(policy, 4))


def test_a_loan_that_was_not_written_was_not_made() -> None:
    """The bucket is as it was, whoever asks next and however often it failed."""
    policy, journal = Policy("p", 1, 3600, 20), Failing()
    authority = BucketAuthority(journal, US)
    [first] = authority.settle("a", [LeaseRequest(KEY, policy, 5, 5)], [], US).answers
    assert isinstance(first, Grant)
    journal.full = True
    for _ in range(5):
        with pytest.raises(OSError, match="no space"):
            authority.settle("a", [LeaseRequest(KEY, policy, 5, 5)], [], US)
    journal.full = False
    [rest] = authority.settle("a", [LeaseRequest(KEY, policy, 5, 99)], [], US).answers
    assert isinstance(rest, Grant)
    assert rest.tokens == 15


def test_an_evicted_bucket_comes_back_where_its_end_was_not_written() -> None:
    """Or a full disk would hand its client a new one."""
    policy, journal = Policy("p", 1, 3600, 20), Failing()
    authority = BucketAuthority(journal, US, most_buckets=2)
    for name in ("a", "b"):
        authority.settle("r", [LeaseRequest(name, policy, 20, 20)], [], US)
    journal.full = True
    with pytest.raises(OSError, match="no space"):
        authority.settle("r", [LeaseRequest("c", policy, 1, 1)], [], US)
    journal.full = False
    [answer] = authority.settle("r", [LeaseRequest("a", policy, 1, 1)], [], US).answers
    assert isinstance(answer, Denial)


def test_tidying_looks_at_a_part_and_comes_round() -> None:
    """As many each time however many there are; a bucket in use stays."""
    policy, slow = Policy("p", 100, 1, 100), Policy("s", 1, 3600, 20)
    journal = MemoryJournal()
    authority = BucketAuthority(journal, US)
    count = 3 * TIDIED_AT_ONCE
    for number in range(count):
        asked = [LeaseRequest(f"k{number}", slow if number % 2 else policy, 1, 1)]
        authority.settle("r", asked, [], US)
    gone = [authority.tidy(20 * US) for _ in range(4)]
    assert max(gone) <= TIDIED_AT_ONCE
    assert sum(gone) == count // 2
    assert len(authority) == count // 2
    assert {row.key for row in journal.load()[0]} == {f"k{n}" for n in range(1, count, 2)}
    # Full after their hour: each is found though it was passed over before.
    assert sum(authority.tidy(4000 * US) for _ in range(4)) == count // 2
    assert len(authority) == 0


def test_keys_that_come_and_go_leave_nothing_to_tidy() -> None:
    """A hundred thousand addresses, of which few fit."""
    policy = Policy("p", 1, 3600, 20)
    authority = BucketAuthority(MemoryJournal(), US, most_buckets=10)
    for number in range(500):
        authority.settle("r", [LeaseRequest(f"k{number % 50}", policy, 1, 1)], [], US)
    assert len(authority) == 10
    assert set(authority._round) == set(authority._accounts)


class EveryPage(LeaseBook):
    """The obvious book: looks at all of it each time."""

    def returns(self, now_us: int) -> list[Returned]:
        for key, page in list(self._pages.items()):
            self._void_expired(key, page, now_us)
            if not page.leases and now_us >= page.denied_until_us:
                del self._pages[key]
        returned, self._returned = self._returned, []
        return returned


KEYS = st.sampled_from(["a", "b", "c"])
entries = st.one_of(
    st.tuples(st.just("grant"), KEYS, st.integers(1, 9)),
    st.tuples(st.just("deny"), KEYS, st.integers(0, 3 * US)),
    st.tuples(st.just("take"), KEYS, st.integers(1, 5)),
    st.tuples(st.just("back"), KEYS, st.integers(1, 2)),
    st.tuples(st.just("returns"), KEYS, st.just(0)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(gaps, entries), max_size=60))
def test_a_book_that_looks_at_little_is_the_book_that_looks_at_all(program) -> None:
    """The same verdicts, the same returns, the same pages."""
    policy, now_us = Policy("p", 5, 1, 50), US
    quick, slow = LeaseBook(), EveryPage()
    for number, (gap_us, (action, key, amount)) in enumerate(program):
        now_us += gap_us
        found = []
        for book in (quick, slow):
            if action == "grant":
                grant = Grant(number, amount, US, 5, 0)
                found.append(book.record(key, grant, 1, now_us, now_us))
            elif action == "deny":
                found.append(book.record(key, Denial(amount, 0, amount), 2, now_us, now_us))
            elif action == "take":
                found.append(book.take(key, policy, amount, now_us))
            elif action == "back":
                found.append(book.give_back(key, amount, now_us))
            else:
                found.append(sorted(map(repr, book.returns(now_us))))
        assert found[0] == found[1]
    later_us = now_us + 10 * US
    assert sorted(map(repr, quick.returns(later_us))) == sorted(map(repr, slow.returns(later_us)))
    assert len(quick) == len(slow) == 0
