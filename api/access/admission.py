"""The door of the service: who it is, whether there is room, whether its bucket has tokens.

Everything is decided from the request's head, before its body is read. A batch is charged for
the rest of its items once they were counted, before any work is done on them.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.identity import Client, Identity
from api.access.proxy_memory import FIELD, RefusalCounts, to_remember, told_by_proxy
from api.access.rate_headers import RateHeaders, rate_headers, reset_utc_s, retry_after_s
from api.access.rate_settings import Overload, RateLimits
from api.access.route_rules import UNLIMITED, RouteRule, rule_of
from api.answers.errors import response
from api.errors import (
    ApiError,
    BadRequest,
    DeadlineExceeded,
    Overloaded,
    RateLimited,
    Unauthenticated,
)
from reliability.deadline import within
from reliability.errors import CostExceedsBurst, QueueIsFull, TooManyAtOnce
from reliability.limits.concurrency import ConcurrencyLimit
from reliability.limits.lease_book import Verdict
from reliability.limits.limiter import Limiter
from reliability.limits.token_bucket import US, Policy

DEADLINE_HEADER = b"x-request-deadline-ms"
GRACE_S = 0.25
"""Calls below notice the deadline first and say which of them was slow."""


@dataclass(slots=True)
class Guard:
    """What stands at the door; settings are replaced while requests run."""

    identity: Identity
    limiter: Limiter
    rates: RateLimits = field(default_factory=RateLimits)
    overload: Overload = field(default_factory=Overload)
    gate: ConcurrencyLimit = field(init=False)
    now_utc_s: Callable[[], float] = time.time
    refused_in_proxy: dict[tuple[str, str], int] = field(default_factory=dict)
    """Requests that HAProxy refused by itself, by method and route template. Totals since the
    start, of what this replica was told."""

    def __post_init__(self) -> None:
        self.gate = ConcurrencyLimit(0, 0)
        self.configure(self.rates, self.overload)

    def configure(self, rates: RateLimits, overload: Overload) -> None:
        """Change limits and bounds for the requests that come next."""
        self.rates, self.overload = rates, overload
        self.gate.most = overload.max_concurrent_requests
        self.gate.most_per_client = overload.max_concurrent_per_client
        self.limiter.least_replicas = rates.least_replicas

    def note_refused_in_proxy(self, counts: RefusalCounts) -> None:
        """Count what HAProxy refused, as if it had been refused here."""
        for route, count in counts.items():
            self.refused_in_proxy[route] = self.refused_in_proxy.get(route, 0) + count
            self.limiter.counts.note_denied(rule_of(*route).limit, count)


@dataclass(slots=True)
class Ticket:
    """An admitted request: its client and what it paid so far."""

    client: Client
    limiter: Limiter | None = None
    policy: Policy | None = None
    verdict: Verdict | None = None
    paid: int = 1

    @property
    def turned_away(self) -> bool:
        """Whether not even the first token was there."""
        return self.limiter is None and self.verdict is not None and not self.verdict.allowed

    async def charge(self, items: int) -> None:
        """Pay for a batch of so many items; one was paid at the door.

        Raises:
            RateLimited: Not enough tokens; what was paid is given back.
            BadRequest: More than the bucket ever holds.
        """
        if self.limiter is None or self.policy is None or items <= self.paid:
            return
        key = bucket_key(self.policy, self.client)
        self.limiter.give_back(key, self.paid)
        self.verdict = await admitted(self.limiter, key, self.policy, items, self)
        self.paid = items


class AdmissionMiddleware:
    """Lets a request in with a ticket, or answers 401, 403, 413, 422, 429, 503 or 504."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        counts = told_by_proxy(scope)
        if counts:
            self._guard.note_refused_in_proxy(counts)
        answer = _Answer(self._guard, send, proxied=counts is not None)
        try:
            await self._admit(scope, receive, answer)
        except ApiError as error:
            if answer.started:
                raise
            await response(Request(scope), error)(scope, receive, answer.send)

    async def _admit(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        guard = self._guard
        rule = rule_of(scope["method"], route_path(scope))
        client = await self._client(scope, rule, answer)
        ticket = answer.ticket = Ticket(client)
        scope.setdefault("state", {})["ticket"] = ticket
        deadline_s = _deadline_s(scope, guard.overload.request_deadline_s)
        if rule.limit == UNLIMITED and rule.access == "open":
            await self._serve(scope, receive, answer, deadline_s)
            return
        try:
            with guard.gate.enter(client.name):
                await self._take(rule, ticket)
                await self._serve(scope, receive, answer, deadline_s)
        except QueueIsFull as error:
            raise Overloaded(str(error)) from None
        except TooManyAtOnce as error:
            raise RateLimited(str(error), error.code) from None

    async def _client(self, scope: Scope, rule: RouteRule, answer: "_Answer") -> Client:
        now_us = time.monotonic_ns() // 1000
        try:
            return self._guard.identity.client_of(scope, rule, now_us)
        except Unauthenticated:
            # Guesses are counted by address, so that they are refused ever more cheaply.
            policy = self._guard.rates.policy("read")
            if policy is not None:
                address = self._guard.identity.address_of(scope)
                answer.ticket = Ticket(Client(f"guess:{address}", False, frozenset()))
                await admitted(self._guard.limiter, f"guess|{address}", policy, 1, answer.ticket)
            raise

    async def _take(self, rule: RouteRule, ticket: Ticket) -> None:
        guard = self._guard
        policy = guard.rates.policy(rule.limit)
        if policy is None:
            return
        if guard.limiter.degraded and rule.limit in guard.rates.refuse_when_degraded:
            raise Overloaded(f"{rule.limit} is closed while limits cannot be shared")
        key = bucket_key(policy, ticket.client)
        ticket.verdict = await admitted(guard.limiter, key, policy, 1, ticket)
        ticket.limiter, ticket.policy = guard.limiter, policy

    async def _serve(
        self, scope: Scope, receive: Receive, answer: "_Answer", deadline_s: float
    ) -> None:
        try:
            with within(deadline_s):
                async with asyncio.timeout(deadline_s + GRACE_S) as timeout:
                    # A long stream may go on once its head was sent in time.
                    answer.on_start = lambda: timeout.reschedule(None)
                    await self._app(scope, receive, answer.send)
        except TimeoutError:
            if answer.started:
                raise
            raise DeadlineExceeded(f"no answer within {deadline_s:g} s") from None
        finally:
            answer.on_start = _nothing


class _Answer:
    """Adds the limit's fields to whatever answer leaves."""

    def __init__(self, guard: Guard, send: Send, proxied: bool) -> None:
        self.started = False
        self.ticket: Ticket | None = None
        self.on_start: Callable[[], None] = _nothing
        self._guard = guard
        self._send = send
        self._proxied = proxied

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.on_start()
            if self.ticket is not None and self.ticket.verdict is not None:
                fields = self._fields(self.ticket, self.ticket.verdict)
                message["headers"] = [*message["headers"], *fields]
        await self._send(message)

    def _fields(self, ticket: Ticket, verdict: Verdict) -> RateHeaders:
        now_utc_s, rates = self._guard.now_utc_s(), self._guard.rates
        fields = rate_headers(verdict, now_utc_s, rates.ietf_headers)
        if self._proxied and rates.refuse_in_proxy and ticket.turned_away:
            reset_s = reset_utc_s(verdict, now_utc_s)
            told = to_remember(verdict, ticket.client.kind, reset_s, rates.ietf_headers)
            if told is not None:
                fields.append((FIELD, told))
        return fields


def _nothing() -> None:
    return None


def bucket_key(policy: Policy, client: Client) -> str:
    """Return the name of a client's bucket for one class of routes."""
    return f"{policy.name}|{client.name}"


async def admitted(
    limiter: Limiter, key: str, policy: Policy, cost: int, ticket: Ticket | None
) -> Verdict:
    """Take tokens, noting the verdict on the ticket even when it is a refusal.

    Raises:
        RateLimited: Not enough tokens.
        BadRequest: More than the bucket ever holds.
    """
    try:
        verdict = await limiter.admit(key, policy, cost)
    except CostExceedsBurst as error:
        raise BadRequest(str(error), error.code, {"cost": cost}, 413) from None
    if ticket is not None:
        ticket.verdict = verdict
    if not verdict.allowed:
        wait_s = retry_after_s(verdict)
        raise RateLimited(
            f"rate limit exceeded: {policy.limit} per {policy.period_s} s for {policy.name}; "
            f"try again in {wait_s} s",
            None,
            {
                "limit": policy.name,
                "cost": cost,
                "remaining": verdict.left,
                "retry_after_ms": -(-verdict.retry_in_us * 1000 // US),
            },
            wait_s,
        )
    return verdict


def route_path(scope: Scope) -> str:
    """Return the path that routes are compared with."""
    root = scope.get("root_path", "")
    path: str = scope["path"]
    return path.removeprefix(root) or "/" if root else path


def _deadline_s(scope: Scope, most_s: float) -> float:
    sent = {value for name, value in scope["headers"] if name == DEADLINE_HEADER}
    if not sent:
        return most_s
    value = sent.pop()
    if sent or not value.isdigit() or len(value) > 12 or not int(value):
        text = "two of them" if sent else repr(value[:40].decode("latin-1"))
        raise BadRequest(
            f"x-request-deadline-ms is one positive whole number, not {text}",
            None,
            {"where": "header.x-request-deadline-ms"},
        )
    return min(most_s, int(value) / 1000)
