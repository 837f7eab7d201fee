"""`search`, `status` and `report` against a service that this test makes up."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from deployments.commands import service as services
from tests.unit.commands.conftest import Call

URL = "http://127.0.0.1:1"
CLIENT = httpx.Client
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Have requests of commands answered by a function."""

    def install(handler: Handler) -> None:
        def client(**options: object) -> httpx.Client:
            return CLIENT(**options, transport=httpx.MockTransport(handler))  # type: ignore[arg-type]

        monkeypatch.setattr(services.httpx, "Client", client)

    return install


def found(request: httpx.Request) -> httpx.Response:
    hit = {"score": 0.5, "id": "BW-1", "text": "a striped\nmug"}
    return httpx.Response(200, json={"total_candidates": 1, "took_ms": 2.0, "results": [hit]})


def test_a_search_says_whom_it_asked_and_what_was_found(call: Call, answering) -> None:
    """The key of the environment is shown; the body is what was asked for."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return found(request)

    answering(handler)
    condition = '{"field": "price", "op": "lt", "value": 40}'
    done = call("search", "mug", "--url", URL, "--filter", condition, "--namespace", "shop")
    assert done.exit_code == 0, done.output
    assert f"service: {URL} (as told)" in done.stderr
    assert "namespace shop: 1 candidates" in done.stdout
    assert "BW-1  a striped mug" in done.stdout
    (request,) = seen
    body = json.loads(request.content)
    assert (body["query"], body["filter"]["value"], body["namespace"]) == ("mug", 40, "shop")
    assert "\x1b" not in done.output


def test_an_answer_for_programs_is_json_alone(call: Call, answering) -> None:
    """On stdout; who was asked is on stderr."""
    answering(found)
    done = call("search", "mug", "--url", URL, "--json")
    assert json.loads(done.stdout)["results"][0]["id"] == "BW-1"


def test_a_search_by_picture_sends_it(call: Call, answering, tmp_path: Path) -> None:
    """Alone, or with a text."""
    bodies: list[dict] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return found(request)

    answering(handler)
    (tmp_path / "p.png").write_bytes(b"png")
    assert call("search", "--url", URL, "--picture", tmp_path / "p.png").exit_code == 0
    assert bodies[0]["image_base64"] == "cG5n"
    assert "query" not in bodies[0]


def test_a_refusal_is_in_the_words_of_the_service(call: Call, answering) -> None:
    """One line, exit status 1; so is a service that does not answer."""
    error = {"error": {"code": "unknown_field", "message": "no field `prize`"}}
    answering(lambda request: httpx.Response(400, json=error))
    done = call("search", "mug", "--url", URL)
    assert done.exit_code == 1
    assert "no field `prize`" in done.stderr

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens")

    answering(refuse)
    done = call("search", "mug", "--url", URL)
    assert done.exit_code == 1
    assert "nobody listens" in done.stderr
    assert call("search", "mug", "--url", URL, "--filter", "{").exit_code == 2


@pytest.mark.parametrize(("ready", "status"), [(200, 0), (503, 1)])
def test_the_status_is_whether_requests_can_be_served(
    ready: int, status: int, call: Call, answering
) -> None:
    """With what is missing, and each component."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health/ready":
            body = {"status": "ready"} if ready == 200 else {"missing": ["index_writer"]}
            return httpx.Response(ready, json=body)
        components = {"embedder": {"healthy": True, "latency_ms": 1.25, "model": "brainwav-demo"}}
        return httpx.Response(200, json={"status": "healthy", "components": components})

    answering(handler)
    done = call("status", "--url", URL)
    assert done.exit_code == status
    assert "embedder" in done.output
    assert "latency_ms 1.25" in done.output
    assert ("index_writer" in done.output) is (status == 1)
    shown = json.loads(call("status", "--url", URL, "--json").stdout)
    assert shown["ready"] is (status == 0)
    assert shown["components"]["embedder"]["model"] == "brainwav-demo"


def test_a_status_without_an_answer_says_so(call: Call, answering) -> None:
    """No traceback and no empty page."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens")

    answering(refuse)
    done = call("status", "--url", URL)
    assert done.exit_code == 1
    assert "no answer: nobody listens" in done.output


JOB = {
    "id": "5f0c",
    "state": "done",
    "namespace": "shop",
    "total": 3,
    "written": 2,
    "failed": 1,
    "left": 0,
    "error": None,
    "waits": None,
    "cancel_requested": False,
    "failures": [{"index": 1, "id": "b", "code": "broken_image", "message": "it is cut"}],
    "next_offset": None,
    "warnings": [],
}


def test_jobs_are_listed_shown_and_cancelled(call: Call, answering) -> None:
    """By the routes of the same names; failures are told one by one."""
    seen: list[tuple[str, str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.url.path))
        page = {"jobs": [JOB], "total": 7}
        return httpx.Response(200, json=page if request.url.path == "/jobs" else JOB)

    answering(handler)
    listed = call("jobs", "list", "--url", URL)
    assert "5f0c  done       shop  2 written, 1 failed, 0 left" in listed.stdout
    assert "1 of 7 jobs" in listed.stdout
    shown = call("jobs", "show", "5f0c", "--url", URL)
    assert "1  broken_image  it is cut" in shown.stdout
    assert call("jobs", "cancel", "5f0c", "--url", URL).exit_code == 0
    assert seen == [("GET", "/jobs"), ("GET", "/jobs/5f0c"), ("DELETE", "/jobs/5f0c")]


def test_a_job_that_is_waited_for_ends_with_its_status(
    call: Call, answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3 where documents were left out, 1 where it did not get to its end."""
    from deployments.commands.client import jobs

    answers: list[dict] = []
    answering(lambda request: httpx.Response(200, json=answers.pop(0)))
    monkeypatch.setattr(jobs.time, "sleep", lambda seconds: None)
    for last, status in ((JOB, 3), (JOB | {"failed": 0}, 0), (JOB | {"state": "cancelled"}, 1)):
        answers[:] = [JOB | {"state": "running"}, last]
        done = call("jobs", "show", "5f0c", "--wait", "--url", URL)
        assert (done.exit_code, answers) == (status, [])
