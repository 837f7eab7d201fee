"""`brainwav demo` does what the service asks of every client: come again when told to."""

import httpx
import pytest

from deployments.commands.client.demo import ATTEMPTS, index, patiently

BUSY = httpx.Response(429, headers={"Retry-After": "0"})


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_with_a_time_is_asked_again(status: int) -> None:
    """The first answer that is no refusal counts."""
    answers = iter([httpx.Response(status, headers={"Retry-After": "0"}), httpx.Response(200)])
    assert patiently(lambda: next(answers)).status_code == 200


@pytest.mark.parametrize("final", [httpx.Response(503), httpx.Response(422)])
def test_any_other_answer_is_final(final: httpx.Response) -> None:
    """Without `Retry-After` nobody promised that asking again helps."""
    answers = iter([final])
    assert patiently(lambda: next(answers)) is final


def test_patience_ends() -> None:
    """A service that refuses for ever is asked a bounded number of times."""
    asked: list[httpx.Response] = []

    def refuse() -> httpx.Response:
        asked.append(BUSY)
        return BUSY

    assert patiently(refuse) is BUSY
    assert len(asked) == ATTEMPTS


def test_a_service_that_holds_nothing_yet_is_written_to() -> None:
    """There is no namespace before the first write into it."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        if request.method == "GET":
            return httpx.Response(404, json={"error": {"code": "unknown_namespace"}})
        return httpx.Response(200, json={"failed": []})

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://test") as client:
        index(client, 1)
    assert seen == ["GET", "PUT"]
