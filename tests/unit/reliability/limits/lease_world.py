"""Four replicas before one authority over a simulated network, for programs of any order."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from reliability.limits.authority import BucketAuthority, BucketJournal
from reliability.limits.lease_book import LeaseBook, Verdict
from reliability.limits.leases import (
    LIFETIME_US,
    LeaseRequest,
)
from reliability.limits.token_bucket import US, Policy

KEY = "embed|client"
policies = st.builds(
    Policy,
    name=st.just("p"),
    limit=st.sampled_from([1, 7, 30, 100]),
    period_s=st.sampled_from([1, 7]),
    burst=st.sampled_from([1, 10, 40]),
)
actions = st.one_of(
    st.tuples(st.just("request"), st.integers(0, 3), st.integers(1, 5)),
    st.tuples(st.just("drain"), st.integers(0, 3), st.just(1)),
    st.tuples(st.just("sweep"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("lose"), st.integers(0, 3), st.integers(1, 5)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
    st.tuples(st.just("tidy"), st.just(0), st.just(0)),
)
shifts = st.lists(st.integers(0, US), min_size=4, max_size=4)
gaps = st.sampled_from([0, 1000, 100_000, 300_000, LIFETIME_US - 1000, LIFETIME_US, 2 * US])
delays = st.sampled_from([0, 1000, 200_000])
programs = st.lists(st.tuples(gaps, delays, actions), min_size=1, max_size=40)


@dataclass
class World:
    """Four replicas before one authority; every call takes a random time each way."""

    policy: Policy
    journal: BucketJournal
    shifts: list[int]
    now_us: int = US
    admitted: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.books = [LeaseBook() for _ in self.shifts]
        self.authority = BucketAuthority(self.journal, self.now_us)

    def own_us(self, replica: int) -> int:
        return self.now_us + self.shifts[replica]

    def request(
        self, replica: int, cost: int, delay_us: int, reply_lost: bool = False
    ) -> Verdict | None:
        """A request comes in; the authority is asked when the book cannot say."""
        cost = min(cost, self.policy.burst)
        book, asked_us = self.books[replica], self.own_us(replica)
        verdict = book.take(KEY, self.policy, cost, asked_us)
        if verdict is None:
            need = max(1, cost - book.leased(KEY, asked_us))
            ahead = book.appetite(KEY, self.policy.burst // (2 * len(self.books)))
            ask = LeaseRequest(KEY, self.policy, need, max(need, ahead))
            returned = book.returns(asked_us)
            self.now_us += delay_us
            reply = self.authority.settle(str(replica), [ask], returned, self.now_us)
            self.now_us += delay_us
            if reply_lost:
                return None
            book.record(KEY, reply.answers[0], need, asked_us, self.own_us(replica))
            verdict = book.take(KEY, self.policy, cost, self.own_us(replica))
        if verdict is not None and verdict.allowed:
            self.admitted.append((self.now_us, cost))
        return verdict

    def sweep(self, replica: int) -> None:
        returned = self.books[replica].returns(self.own_us(replica))
        self.authority.settle(str(replica), [], returned, self.now_us)

    def run(self, program: list) -> None:
        for gap_us, delay_us, (action, replica, cost) in program:
            self.now_us += gap_us
            if action == "request":
                self.request(replica, cost, delay_us)
            elif action == "drain":
                for turn in range(self.policy.burst + 2):
                    self.request(replica, cost, 0 if turn else delay_us)
            elif action == "lose":
                self.request(replica, cost, delay_us, reply_lost=True)
            elif action == "sweep":
                self.sweep(replica)
            elif action == "tidy":
                self.authority.tidy(self.now_us)
            else:
                self.authority = BucketAuthority(self.journal, self.now_us)
