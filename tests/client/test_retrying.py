"""What is sent again, after how long, and what never is."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from brainwav_client import AsyncClient, Client, Document, RetryPolicy
from brainwav_client.errors import (
    ApiError,
    Conflict,
    NoAnswer,
    RateLimited,
    Unavailable,
    UnreadableAnswer,
)

POLICY = RetryPolicy(retries=3, longest_wait_s=60, first_wait_s=0.5, draw=lambda: 0.0)
WROTE = {"upserted": 1, "failed": [], "ids": ["a"], "version": 7, "warnings": []}


def refusal(status: int, code: str, retry_after: str | None = None) -> httpx.Response:
    """Return an error as the service says it."""
    error = {"code": code, "message": "brAInwav: no", "request_id": "r1", "details": {}}
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx.Response(status, json={"error": error}, headers=headers)


def names() -> httpx.Response:
    """Return a success; a response is read once only."""
    return httpx.Response(200, json={"namespaces": ["shop"]})


class Answers:
    """Gives prepared answers, or raises them, one after the other; keeps what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._left = list(answers)
        self.asked: list[httpx.Request] = []
        self.waited_s: list[float] = []

    def client(self) -> Client:
        transport = httpx.MockTransport(self._answer)
        return Client(
            "http://test", retries=POLICY, transport=transport, sleep=self.waited_s.append
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("failure", "wait_s"),
    [
        (refusal(429, "rate_limit_exceeded", "7"), 7),
        (refusal(503, "overloaded", "1"), 1),
        (refusal(503, "unavailable"), 0.5),
        (refusal(409, "idempotency_key_in_use", "2"), 2),
        (httpx.Response(502, text="<h1>Bad gateway</h1>"), 0.5),
        (httpx.ConnectError("refused"), 0.5),
        (httpx.ReadError("cut"), 0.5),
    ],
)
def test_what_passes_is_waited_for(failure: httpx.Response | Exception, wait_s: float) -> None:
    """So long as the service says, else a moment that doubles."""
    answers = Answers(failure, names())
    assert answers.client().namespaces().namespaces == ("shop",)
    assert answers.waited_s == [wait_s]


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (refusal(422, "invalid_request"), ApiError),
        (refusal(504, "deadline_exceeded"), ApiError),
        (refusal(409, "incompatible_index"), Conflict),
        (refusal(429, "rate_limit_exceeded", "61"), RateLimited),
        (httpx.Response(500, text="Internal Server Error"), UnreadableAnswer),
        (httpx.Response(200, text="<html>a login page</html>"), UnreadableAnswer),
    ],
)
def test_what_does_not_pass_is_told_at_once(failure: httpx.Response, kind: type) -> None:
    """Also what would take longer than the caller is patient."""
    answers = Answers(failure)
    with pytest.raises(kind):
        answers.client().namespaces()
    assert answers.waited_s == []


def test_patience_ends() -> None:
    """With the last refusal, and how long it asks to wait."""
    answers = Answers(*[refusal(503, "overloaded")] * 3, refusal(503, "overloaded", "9"))
    with pytest.raises(Unavailable) as told:
        answers.client().namespaces()
    assert answers.waited_s == [0.5, 1.0, 2.0]
    assert told.value.retry_after_s == 9


def test_a_write_that_is_sent_again_writes_the_same() -> None:
    """Ids are drawn before the first attempt."""
    answers = Answers(httpx.ReadTimeout("late"), httpx.Response(200, json=WROTE))
    assert answers.client().put([Document("a")]).version == 7
    first, second = [json.loads(request.content) for request in answers.asked]
    assert first == second
    assert len(first["documents"][0]["id"]) == 32


def test_an_upload_that_is_sent_again_has_the_same_key(tmp_path) -> None:
    """Its documents get their ids at the service."""
    answers = Answers(httpx.ReadTimeout("late"), httpx.Response(200, json=WROTE))
    answers.client().upload([b"GIF89a"])
    first, second = [request.headers["Idempotency-Key"] for request in answers.asked]
    assert first == second


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.delete("a"),
        lambda client: client.plan("a", remember=True),
        lambda client: client.call("POST", "/other", {}),
        lambda client: list(client.stream_plan("a", remember=True)),
    ],
)
def test_what_would_be_done_twice_is_not_sent_again(ask: Callable[[Client], Any]) -> None:
    """After a lost answer; a connection that never was does no harm."""
    lost = Answers(httpx.ReadError("cut"))
    with pytest.raises(NoAnswer) as told:
        ask(lost.client())
    assert told.value.may_have_arrived
    refused = Answers(httpx.ConnectError("refused"), httpx.ReadError("cut"))
    with pytest.raises(NoAnswer):
        ask(refused.client())
    assert len(refused.asked) == 2


def test_a_key_is_shown_and_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment or from the caller."""
    answers = Answers(names(), names())
    answers.client().namespaces()
    assert "Authorization" not in answers.asked[0].headers
    monkeypatch.setenv("BRAINWAV_API_KEY", "bw_secret")
    client = answers.client()
    client.namespaces()
    assert answers.asked[1].headers["Authorization"] == "Bearer bw_secret"
    assert answers.asked[1].headers["X-Request-Deadline-Ms"] == "120000"
    assert "bw_secret" not in repr(client)


def test_an_address_without_its_scheme_is_told() -> None:
    """At once, not at the first request."""
    with pytest.raises(ValueError, match="http://"):
        Client("localhost:8000")


def test_waiting_does_not_hold_up_the_loop() -> None:
    """The other client awaits what this one sleeps."""
    answers, waited_s = Answers(refusal(503, "overloaded", "4"), names()), []

    async def sleep(seconds: float) -> None:
        waited_s.append(seconds)

    async def ask() -> tuple[str, ...]:
        transport = httpx.MockTransport(answers._answer)
        async with AsyncClient(
            "http://test", retries=POLICY, transport=transport, sleep=sleep
        ) as client:
            return (await client.namespaces()).namespaces

    assert asyncio.run(ask()) == ("shop",)
    assert waited_s == [4]
