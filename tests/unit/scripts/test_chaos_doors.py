"""Two clients beside the faults: one has the first address only, the other a second one."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from scripts.chaos.requests import Request, TrafficCounts
from scripts.chaos.two_doors import TwoDoors

OK, BUSY = httpx.Response(200), httpx.Response(503, headers={"Retry-After": "3"})
GONE = httpx.ConnectError("nobody listens")
CUT = httpx.ReadError("cut")
READ = Request("search", "GET", "/")
WRITE = Request("write", "PUT", "/")
Said = httpx.Response | httpx.HTTPError


def door(answers: Iterator[Said], asked: list[str], name: str) -> httpx.Client:
    """Return a client whose address answers so, one answer after the other."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(name)
        said = next(answers)
        if isinstance(said, Exception):
            raise said
        return said

    return httpx.Client(base_url="http://door", transport=httpx.MockTransport(answer))


Sent = tuple[TrafficCounts, list[str], list[float], httpx.Response | None]


@pytest.fixture
def send() -> Callable[..., Sent]:
    """Send a request to two doors that answer so."""

    def sent(request: Request, first: list[Said], second: list[Said]) -> Sent:
        asked: list[str] = []
        waits: list[float] = []
        counts = TrafficCounts()
        doors = TwoDoors(
            door(iter(first), asked, "first"), door(iter(second), asked, "second"), waits.append
        )
        answer = doors.send(request, counts)
        doors.close()
        return counts, asked, waits, answer

    return sent


def failures(counts: TrafficCounts) -> tuple[int, int, int, int]:
    """Return at once, connected elsewhere, after the retry, after the retry elsewhere."""
    return (
        counts.failed_at_once,
        counts.unconnected,
        counts.failed_with_retry,
        counts.failed_at_both,
    )


def test_what_is_answered_goes_to_the_first_door_alone(send: Callable[..., Sent]) -> None:
    """Nobody waits."""
    counts, asked, waits, _ = send(READ, [OK], [])
    assert (counts.sent, failures(counts), asked, waits) == (1, (0, 0, 0, 0), ["first"], [])


def test_a_door_at_which_nobody_listens_is_left_at_once(send: Callable[..., Sent]) -> None:
    """By the client that has another; the other one waits, and fails again."""
    counts, asked, waits, _ = send(READ, [GONE, GONE], [OK])
    assert failures(counts) == (1, 1, 1, 0)
    assert (asked, waits) == (["first", "second", "first"], [1.0])


def test_a_cut_answer_is_asked_for_at_both(send: Callable[..., Sent]) -> None:
    """It may be on its way: that is a failure at once for both."""
    counts, asked, _, _ = send(READ, [CUT, CUT], [OK])
    assert failures(counts) == (1, 0, 1, 0)
    assert asked == ["first", "first", "second"]


def test_a_retry_waits_as_long_as_was_told(send: Callable[..., Sent]) -> None:
    """Retry-After."""
    counts, _, waits, _ = send(READ, [BUSY, OK], [BUSY])
    assert (failures(counts), waits) == ((1, 0, 0, 1), [3.0])


def test_a_write_that_was_answered_is_not_sent_again(send: Callable[..., Sent]) -> None:
    """One that is on its way twice could come last."""
    counts, asked, _, answer = send(WRITE, [CUT, OK], [])
    assert (failures(counts), asked) == ((1, 0, 0, 0), ["first", "first"])
    assert answer is not None
    assert answer.status_code == 200


def test_a_write_is_sent_elsewhere_where_its_retry_failed(send: Callable[..., Sent]) -> None:
    """Its answer counts, whoever gave it."""
    counts, _, _, answer = send(WRITE, [CUT, CUT], [OK])
    assert failures(counts) == (1, 0, 1, 0)
    assert answer is not None
    assert answer.status_code == 200
