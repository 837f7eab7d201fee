"""HAProxy repeats refusals that hold: alike to the application's, for that client alone."""

import pytest

from api.access.rate_settings import Limit, Overload, RateLimits
from tests.proxy.door_in_proxy import RATES, Door, fresh, now_us
from tests.waiting import until

FIGURES_S = ("retry-after", "x-ratelimit-reset", "date")
"""May differ by a second between two answers."""


@pytest.mark.parametrize("ietf", [False, True])
def test_the_proxy_answers_as_the_application_does(door: Door, ietf: bool) -> None:
    """The same fields and the same body, but for ids and the time that passed."""
    door.guard.configure(RATES.model_copy(update={"ietf_headers": ietf}), Overload())
    mine = fresh(door) | {"X-Request-ID": "mine"}
    by_application = door.refuse(mine)
    by_proxy = door.client.get("/v1/models", headers=mine)
    assert door.behind.seen == []
    names = {name for name in by_application.headers if name not in ("server", "x-class")}
    assert set(by_proxy.headers) == names
    for name in names - set(FIGURES_S) - {"content-length", "ratelimit"}:
        assert by_proxy.headers[name] == by_application.headers[name]
    for name in FIGURES_S[:2]:
        assert 0 <= abs(int(by_proxy.headers[name]) - int(by_application.headers[name])) <= 1
    first, second = by_application.json()["error"], by_proxy.json()["error"]
    assert 3_590_000 < second["details"].pop("retry_after_ms") <= 3_600_001
    assert 3_590_000 < first["details"].pop("retry_after_ms") <= 3_600_000
    assert second["details"] == first["details"]
    assert (second["code"], second["request_id"]) == (first["code"], "mine")
    assert first["message"].split(";")[0] == second["message"].split(";")[0]
    assert list(first) == list(second)


def test_a_malformed_request_id_is_replaced_by_the_proxy_too(door: Door) -> None:
    """Nothing that a client writes is put into the answer unless it is well-formed."""
    mine = fresh(door)
    door.refuse(mine)
    answer = door.client.get("/v1/models", headers=mine | {"X-Request-ID": 'a"b'})
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]
    assert door.behind.seen == []


def test_other_clients_and_classes_are_not_touched(door: Door) -> None:
    """A neighbour's key, a forged one with the same id, no key (the second guess from that
    address), another class of routes."""
    mine, neighbour = fresh(door), fresh(door)
    door.refuse(mine)
    forged = mine["Authorization"][:-1] + ("A" if mine["Authorization"][-1] != "A" else "B")
    assert door.client.get("/v1/models", headers=neighbour).status_code == 200
    assert door.client.get("/v1/models", headers={"Authorization": forged}).status_code == 401
    assert door.client.get("/v1/models").json()["error"]["details"]["limit"] == "read"
    searched = door.client.post("/search", headers=mine, json={"query": "red"})
    # It got as far as the namespace that it did not name and nobody has written.
    assert searched.json()["error"]["code"] == "unknown_namespace"
    assert door.client.get("/health/live", headers=mine).status_code == 200
    assert len(door.behind.seen) == 5


def test_a_forger_cannot_have_others_refused(door: Door) -> None:
    """Guesses are refused, yet nothing is remembered of them, whatever the client writes."""
    mine = fresh(door)
    lie = {"X-API-Key": "bw_0", "X-Brainwav-Proxy": "key 9999999 1 1 1 1 9 0"}
    statuses = [door.client.get("/v1/models", headers=lie).status_code for _ in range(3)]
    assert statuses == [401, 429, 429]
    assert len(door.behind.seen) == 3
    assert b"key 9999999 1 1 1 1 9 0" not in door.behind.fields
    assert door.client.get("/v1/models", headers=mine).status_code == 200


@pytest.mark.parametrize(
    "extra",
    [
        [("X-API-Key", "other")],
        [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "2.2.2.2")],
        [("X-Request-ID", "a"), ("X-Request-ID", "b")],
        [("Origin", "https://example.org")],
    ],
)
def test_what_two_might_read_differently_is_left_to_the_application(door: Door, extra) -> None:
    """Two credentials, doubled fields, browsers of another origin."""
    mine = fresh(door)
    door.refuse(mine)
    door.client.get("/v1/models", headers=[*mine.items(), *extra])
    door.client.get("/v1/model%73", headers=mine)
    assert len(door.behind.seen) == 2


def test_whoever_waits_as_told_gets_in(door: Door) -> None:
    """By the proxy's figures and by the application's; and never before."""
    rates = RateLimits(read=Limit(limit=10, period_s=1, burst=1))
    door.guard.configure(rates, Overload())
    mine = fresh(door)
    assert door.client.get("/v1/models", headers=mine).status_code == 200
    full_us, due_us, proxied_ones = now_us(), 0, 0
    for _ in range(5):
        while True:
            sent_us, before = now_us(), len(door.behind.seen)
            answer = door.client.get("/v1/models", headers=mine)
            if answer.status_code == 200:
                break
            assert not due_us or sent_us < due_us
            proxied_ones += len(door.behind.seen) == before
            wait_us = answer.json()["error"]["details"]["retry_after_ms"] * 1000
            due_us = min(due_us or 2**62, now_us() + wait_us)
        assert now_us() - full_us >= 95_000
        full_us, due_us = now_us(), 0
    assert proxied_ones > 20


def test_a_denied_batch_does_not_shut_out_a_single_item(door: Door) -> None:
    """Only a bucket without any token is remembered."""
    mine = fresh(door)
    one = {"inputs": [{"text": "red"}]}
    two = {"inputs": one["inputs"] * 2}
    assert door.client.post("/embed", headers=mine, json=one).status_code == 200
    assert door.client.post("/embed", headers=mine, json=two).status_code == 429
    assert door.client.post("/embed", headers=mine, json=one).status_code == 200
    assert door.client.post("/embed", headers=mine, json=one).status_code == 429
    door.behind.seen.clear()
    assert door.client.post("/embed", headers=mine, json=two).status_code == 429
    assert door.behind.seen == []


@pytest.mark.parametrize("door", ["addresses"], indirect=True)
def test_addresses_behind_a_trusted_proxy_are_told_apart(door: Door) -> None:
    """Without keys the client is its address, by whatever field that was read from."""
    one, other = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "198.51.100.2"}
    door.refuse(one)
    assert door.client.get("/v1/models", headers=one).status_code == 429
    assert door.behind.seen == []
    assert door.client.get("/v1/models", headers=other).status_code == 200


def test_raised_limits_count_again_after_a_second(door: Door) -> None:
    """An hour's refusal is forgotten by the proxy, whatever it was told."""
    mine = fresh(door)
    door.refuse(mine)
    door.guard.configure(RateLimits(enabled=False), Overload())
    until(lambda: door.client.get("/v1/models", headers=mine).status_code != 429)


def test_memory_can_be_switched_off(door: Door) -> None:
    """Then every refusal is the application's."""
    door.guard.configure(RATES.model_copy(update={"refuse_in_proxy": False}), Overload())
    mine = fresh(door)
    door.refuse(mine)
    assert door.client.get("/v1/models", headers=mine).status_code == 429
    assert len(door.behind.seen) == 1


def test_what_the_two_tell_each_other_never_reaches_a_client(door: Door) -> None:
    """Not even with an answer that is not remembered."""
    mine = fresh(door)
    answers = [door.client.get("/v1/models", headers=mine) for _ in range(3)]
    answers.append(door.client.get("/health/live"))
    assert all("x-brainwav-proxy" not in answer.headers for answer in answers)


def test_a_head_and_a_body_are_refused_cleanly(door: Door) -> None:
    """No body after HEAD, and the connection goes on after a body that nobody read."""
    mine = fresh(door)
    door.refuse(mine)
    door.refuse(mine, "POST", "/search")
    head = door.client.head("/v1/models", headers=mine)
    assert (head.status_code, head.content) == (429, b"")
    for _ in range(3):
        answer = door.client.post("/search", headers=mine, content=b"x" * 100_000)
        assert answer.status_code == 429
        assert answer.json()["error"]["details"]["limit"] == "search"
    assert door.behind.seen == []
