"""The leases one ingress replica holds: most requests are settled here, without asking anybody."""

from dataclasses import dataclass, field
from heapq import heappop, heappush

from reliability.limits.leases import Denial, Grant, Returned
from reliability.limits.token_bucket import Policy


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request goes in, and what its client is told."""

    allowed: bool
    policy: Policy
    left: int
    """Tokens left, as far as this replica knows."""
    full_in_us: int
    retry_in_us: int = 0
    """Of a refusal: after this wait the same request goes in."""
    degraded: bool = False
    """Decided by this replica's own share, because the authority was silent."""


@dataclass(slots=True)
class _Lease:
    number: int
    left: int
    expires_us: int


@dataclass(slots=True)
class _Page:
    leases: list[_Lease] = field(default_factory=list)
    policy: Policy | None = None
    last_tokens: int = 0
    """Of the last lease."""
    denied_until_us: int = 0
    denied_need: int = 0
    left_elsewhere: int = 0
    full_at_us: int = 0
    looked_at_us: int = 0
    """When ``returns`` looks at it next; 0 for never."""

    @property
    def due_us(self) -> int:
        """When something of it will be over."""
        return min(
            (lease.expires_us for lease in self.leases), default=max(1, self.denied_until_us)
        )


class LeaseBook:
    """Per key: leased tokens, and the last denial until it is over.

    Nobody looks at all of it: what ends is found by when it ends, what was spent by its key.
    """

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}
        self._returned: list[Returned] = []
        self._due: list[tuple[int, str]] = []
        self._spent: set[str] = set()

    def __len__(self) -> int:
        return len(self._pages)

    def take(self, key: str, policy: Policy, cost: int, now_us: int) -> Verdict | None:
        """Spend leased tokens or repeat a denial that still holds; None: ask the authority."""
        page = self._pages.get(key)
        if page is None:
            return None
        self._void_expired(key, page, now_us)
        if page.policy is not None and page.policy != policy:
            # A denial holds under the terms it was given for.
            page.denied_until_us = 0
        page.policy = policy
        leased = sum(lease.left for lease in page.leases)
        if leased >= cost:
            if _spend(page, cost):
                self._spent.add(key)
            left = min(policy.burst, page.left_elsewhere + leased - cost)
            return Verdict(True, policy, left, max(0, page.full_at_us - now_us))
        if now_us < page.denied_until_us and cost >= page.denied_need:
            more_us = policy.wait_us((cost - page.denied_need) * policy.period_us)
            retry_us = page.denied_until_us + more_us - now_us
            left = min(policy.burst, page.left_elsewhere + leased)
            return Verdict(False, policy, left, max(retry_us, page.full_at_us - now_us), retry_us)
        return None

    def leased(self, key: str, now_us: int) -> int:
        """Return the tokens this replica may spend now without asking."""
        page = self._pages.get(key)
        if page is None:
            return 0
        self._void_expired(key, page, now_us)
        return sum(lease.left for lease in page.leases)

    def appetite(self, key: str, most: int) -> int:
        """Return the tokens to ask for ahead: twice a lease that was spent before its end.

        A client in a hurry so waits for ever fewer questions; ``most`` is the replica's part
        of half a bucket, and what is not spent goes back.
        """
        page = self._pages.get(key)
        if page is None or page.leases or not page.last_tokens:
            return 0
        return min(2 * page.last_tokens, most)

    def give_back(self, key: str, tokens: int, now_us: int) -> None:
        """Return tokens just taken to the lease they came from, if it still stands."""
        page = self._pages.get(key)
        if page is None:
            return
        for lease in page.leases:
            if lease.expires_us > now_us:
                lease.left += tokens
                return

    def record(
        self, key: str, answer: Grant | Denial, need: int, asked_us: int, now_us: int
    ) -> None:
        """Note what the authority said to a request for ``need`` tokens."""
        page = self._pages.setdefault(key, _Page())
        page.left_elsewhere = answer.left
        page.full_at_us = now_us + answer.full_in_us
        if isinstance(answer, Grant):
            page.denied_until_us = 0
            page.last_tokens = answer.tokens
            expires_us = asked_us + answer.lifetime_us
            page.leases.append(_Lease(answer.lease, answer.tokens, expires_us))
        else:
            page.denied_until_us = now_us + answer.retry_in_us
            # Asked on top of what this replica still holds.
            page.denied_need = need + sum(lease.left for lease in page.leases)
        self._look_again(key, page)

    def returns(self, now_us: int) -> list[Returned]:
        """Return, once, what was left of leases that are over; forget idle keys."""
        over, self._spent = self._spent, set()
        while self._due and self._due[0][0] <= now_us:
            looked_at_us, key = heappop(self._due)
            page = self._pages.get(key)
            if page is not None and page.looked_at_us == looked_at_us:
                page.looked_at_us = 0
                over.add(key)
        for key in over:
            page = self._pages.get(key)
            if page is None:
                continue
            self._void_expired(key, page, now_us)
            if not page.leases and now_us >= page.denied_until_us:
                del self._pages[key]
            else:
                self._look_again(key, page)
        returned, self._returned = self._returned, []
        return returned

    def _look_again(self, key: str, page: _Page) -> None:
        # Sooner than it was to be; an entry that stands for no page any more is passed over.
        if not page.looked_at_us or page.due_us < page.looked_at_us:
            page.looked_at_us = page.due_us
            heappush(self._due, (page.looked_at_us, key))

    def _void_expired(self, key: str, page: _Page, now_us: int) -> None:
        if all(lease.left and lease.expires_us > now_us for lease in page.leases):
            return
        kept = []
        for lease in page.leases:
            if lease.expires_us > now_us and lease.left:
                kept.append(lease)
            else:
                # Spent ones too: then their owner need not hold room for them any longer.
                self._returned.append(Returned(key, lease.number, lease.left))
                if lease.left:
                    # Not in a hurry.
                    page.last_tokens = 0
        page.leases = kept


def _spend(page: _Page, cost: int) -> bool:
    """Take tokens that are there; return whether a lease has none left."""
    emptied = False
    for lease in page.leases:
        spent = min(lease.left, cost)
        lease.left -= spent
        cost -= spent
        emptied |= not lease.left
        if not cost:
            break
    return emptied
