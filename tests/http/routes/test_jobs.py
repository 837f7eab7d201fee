"""Writes that become jobs, over HTTP."""

from datetime import datetime

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from api.errors import DeadlineExceeded, Unavailable
from tests.fakes import LocalBackend
from tests.http.routes.route_samples import LIMITS, b64, refusal
from tests.towers import picture_file

ASYNC = {"Prefer": "respond-async"}


@pytest.fixture
def backend(tmp_path) -> LocalBackend:
    return LocalBackend(tmp_path / "index")


@pytest.fixture
def client(backend: LocalBackend):
    with TestClient(build_app(backend, LIMITS), raise_server_exceptions=False) as client:
        yield client


def put(client: TestClient, *documents: object, headers: dict | None = None):
    body = {"namespace": "n", "documents": list(documents)}
    return client.put("/documents", json=body, headers=ASYNC if headers is None else headers)


def work_off(client: TestClient, backend: LocalBackend) -> None:
    assert client.portal is not None
    client.portal.call(backend.work_jobs_off)


def listed(client: TestClient) -> list[str]:
    answer = client.get("/documents", params={"namespace": "n"})
    return [one["id"] for one in answer.json()["documents"]] if answer.status_code == 200 else []


def test_a_write_becomes_a_job_where_it_is_asked_for(
    client: TestClient, backend: LocalBackend
) -> None:
    """202 at once with its place and ids; what it wrote is what a write would have written."""
    document = {
        "id": "mug",
        "text": "a red mug",
        "image_base64": b64(picture_file("red")),
        "metadata": {"price": 12.5, "tags": ["a", None]},
        "source": "STM",
        "created_at": "2026-02-03T04:05:06.123456789+02:00",
    }
    answer = put(client, document, {"text": "no id"}, {"id": "empty"})
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"/jobs/{job['id']}"
    assert answer.headers["preference-applied"] == "respond-async"
    assert (job["state"], job["total"], job["failed"], job["left"]) == ("queued", 3, 1, 2)
    assert job["ids"][0] == "mug"
    assert job["ids"][2] is None
    assert [one["code"] for one in job["failures"]] == ["empty_input"]
    assert [one["code"] for one in job["warnings"]] == ["time_cut"]
    assert listed(client) == []
    work_off(client, backend)
    done = client.get(answer.headers["location"]).json()
    assert (done["state"], done["written"], done["failed"], done["left"]) == ("done", 2, 1, 0)
    assert done["energy_j"] > 0
    assert datetime.fromisoformat(done["finished_at"]) < datetime.fromisoformat(done["kept_until"])
    assert [one["index"] for one in done["failures"]] == [2]
    assert sorted(listed(client)) == sorted(job["ids"][:2])
    read = client.get("/documents/mug", params={"namespace": "n"}).json()
    assert (read["metadata"], read["source"]) == (document["metadata"], "STM")
    assert client.get(read["image_url"]).content == picture_file("red")


def test_an_upload_becomes_a_job_too(client: TestClient, backend: LocalBackend) -> None:
    """File by file; a broken one is listed with its reason."""
    files = [
        ("file", ("a.png", picture_file(), "image/png")),
        ("file", ("b.png", picture_file()[:60], "image/png")),
    ]
    answer = client.post("/documents/upload", files=files, data={"namespace": "n"}, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    work_off(client, backend)
    job = client.get(answer.headers["location"]).json()
    assert (job["written"], job["failed"]) == (1, 1)
    assert job["failures"][0]["index"] == 1
    assert job["failures"][0]["code"] == "broken_image"


def test_what_cannot_be_written_at_all_is_refused_as_before(client: TestClient) -> None:
    """No job is made of it."""
    refusal(put(client, {"id": "empty"}), 422, "empty_input")
    assert client.get("/jobs").json()["total"] == 0


def test_a_write_that_is_expected_to_take_long_becomes_a_job_by_itself(
    client: TestClient, backend: LocalBackend
) -> None:
    """And says so; a client that waits longer by its own wish is answered."""
    app = client.app
    app.app.state.shared.pace.learn(10_000, 1_000_000)  # type: ignore[attr-defined]
    answer = put(client, {"id": "a", "text": "red"}, headers={})
    assert answer.status_code == 202
    [warning] = answer.json()["warnings"]
    assert (warning["code"], warning["where"]) == ("became_a_job", "documents")
    assert "expected to take 100 s, more than 20 s" in warning["message"]
    waits = put(client, {"id": "b", "text": "red"}, headers={"Prefer": "wait=200"})
    assert waits.status_code == 200
    assert "preference-applied" not in waits.headers


def test_a_short_wait_is_heeded_whether_or_not_a_job_is_asked_for(client: TestClient) -> None:
    """`wait=0` is at once; what is not understood is ignored, and not told as applied."""
    wish = {"Prefer": 'handling=lenient, Respond-Async; foo, wait="0"'}
    answer = put(client, {"text": "red"}, headers=wish)
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async, wait=0"
    assert put(client, {"text": "red"}, headers={"Prefer": "wait=soon"}).status_code == 200


def test_a_write_that_misses_its_deadline_becomes_a_job(
    client: TestClient, backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instead of an error: nothing of it is lost."""
    real = backend.encode

    async def late(request):
        raise DeadlineExceeded("Embedder did not answer within 30 s")

    monkeypatch.setattr(backend, "encode", late)
    answer = put(client, {"id": "a", "text": "red"}, headers={})
    assert answer.status_code == 202
    assert "did not end within its deadline" in answer.json()["warnings"][0]["message"]
    monkeypatch.setattr(backend, "encode", real)
    work_off(client, backend)
    assert listed(client) == ["a"]


def test_failures_come_page_by_page(client: TestClient) -> None:
    """Each page says where the next one begins."""
    rotten = [{"id": f"empty{n}"} for n in range(5)]
    place = put(client, {"text": "red"}, *rotten).headers["location"]
    first = client.get(place, params={"limit": 3}).json()
    assert ([one["index"] for one in first["failures"]], first["next_offset"]) == ([1, 2, 3], 3)
    rest = client.get(place, params={"limit": 3, "offset": 3}).json()
    assert ([one["index"] for one in rest["failures"]], rest["next_offset"]) == ([4, 5], None)
    details = refusal(client.get(place, params={"limit": 51}), 422, "invalid_request")
    assert details["where"] == "query.limit"


def test_jobs_are_listed_newest_first(client: TestClient) -> None:
    """Without their documents."""
    places = [put(client, {"text": "red"}).headers["location"] for _ in range(3)]
    page = client.get("/jobs", params={"limit": 2}).json()
    assert [f"/jobs/{job['id']}" for job in page["jobs"]] == places[:0:-1]
    assert (page["total"], page["limit"], page["offset"]) == (3, 2, 0)
    assert "failures" not in page["jobs"][0]


def test_a_cancelled_job_writes_no_more(client: TestClient, backend: LocalBackend) -> None:
    """It says what it has written; cancelling it again changes nothing."""
    place = put(client, {"id": "a", "text": "red"}).headers["location"]
    first = client.delete(place)
    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert first.json()["left"] == 1
    work_off(client, backend)
    assert listed(client) == []
    assert client.delete(place).json() == first.json()


def test_an_unknown_job_is_404(client: TestClient) -> None:
    """Whatever stands in its place."""
    for id in ("nothing", "..%2Fx", "a" * 64):
        refusal(client.get(f"/jobs/{id}"), 404, "not_found")
    refusal(client.delete("/jobs/nothing"), 404, "not_found")


def test_a_busy_service_is_told_by_the_job(
    client: TestClient, backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits, and the answer says for what."""
    place = put(client, {"id": "a", "text": "red"}).headers["location"]

    async def gone(request):
        raise Unavailable("Embedder is restarting")

    monkeypatch.setattr(backend, "encode", gone)
    work_off(client, backend)
    job = client.get(place).json()
    assert (job["state"], job["waits"], job["left"]) == ("running", "Embedder is restarting", 1)


def test_the_same_key_begins_one_job(client: TestClient, backend: LocalBackend) -> None:
    """Answered alike, with its place, also where the first answer was lost."""
    headers = ASYNC | {"Idempotency-Key": "k1"}
    first, again = (put(client, {"text": "red"}, headers=headers) for _ in range(2))
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert client.get("/jobs").json()["total"] == 1


def test_an_answer_that_was_lost_leaves_one_job(
    client: TestClient, backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seed of the key names the job, so that the repeated request finds it."""
    headers = ASYNC | {"Idempotency-Key": "k2"}

    async def lost(*args: object) -> None:
        await backend.release_once(str(args[0]), str(args[1]), False)

    monkeypatch.setattr(backend, "end_once", lost)
    first = put(client, {"text": "red"}, headers=headers).json()
    again = put(client, {"text": "red"}, headers=headers).json()
    assert again["id"] == first["id"]
    assert client.get("/jobs").json()["total"] == 1


def test_too_many_jobs_of_one_client_are_refused(client: TestClient, backend: LocalBackend) -> None:
    """429 with a time to come back; what is written at once is written still."""
    from deployments.settings.tunables import JobTunables

    put(client, {"text": "red"})
    backend.jobs_service.configure(JobTunables(max_jobs_per_client=1))
    answer = put(client, {"text": "red"})
    refusal(answer, 429, "too_many_jobs")
    assert int(answer.headers["retry-after"]) >= 1
    backend.jobs_service.configure(JobTunables(max_jobs=1))
    full = put(client, {"text": "red"})
    refusal(full, 507, "jobs_full")
    assert put(client, {"id": "now", "text": "red"}, headers={}).status_code == 200


def test_what_a_job_took_is_booked_to_it(client: TestClient, backend: LocalBackend) -> None:
    """Under its own id, and not as an answer of the route that accepted it."""
    id = put(client, {"text": "red"}, {"text": "blue"}).json()["id"]
    work_off(client, backend)
    energy = client.get(f"/sustainability/requests/{id}")
    assert energy.status_code == 200, energy.text
    assert energy.json()["endpoint"] == "job"
    assert backend.energy.service.accounts.of("endpoint", "job").units == 2


def test_what_failed_before_the_deadline_is_not_tried_again(
    client: TestClient, backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is listed once, and the counts still add up."""
    real = backend.upsert

    async def late(*args):
        raise DeadlineExceeded("IndexWriter did not answer in time")

    monkeypatch.setattr(backend, "upsert", late)
    broken = {"id": "broken", "image_base64": b64(picture_file()[:60])}
    answer = put(client, broken, {"id": "a", "text": "red"}, headers={})
    assert answer.status_code == 202, answer.text
    assert answer.json()["ids"] == [None, "a"]
    monkeypatch.setattr(backend, "upsert", real)
    work_off(client, backend)
    job = client.get(answer.headers["location"]).json()
    assert (job["written"], job["failed"], job["left"]) == (1, 1, 0)
    assert [one["id"] for one in job["failures"]] == ["broken"]
