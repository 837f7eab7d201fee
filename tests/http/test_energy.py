"""Requests state their joules; figures and modes are for those who may see and set them."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.access.rate_settings import RateLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded
from tests.towers import picture_file

FILE = {"file": ("red.png", picture_file(), "image/png")}


@pytest.fixture
def backend(tmp_path: Path) -> LocalBackend:
    return LocalBackend(tmp_path / "index")


@pytest.fixture
def client(backend: LocalBackend):
    with client_of(backend, guarded(RateLimits(enabled=False), Clock())) as client:
        yield client


def embed(client: TestClient, **options):
    return client.post("/embed/multimodal", files=FILE, data={"modality": "image"}, **options)


def test_an_answer_states_joules_and_grams(client: TestClient) -> None:
    """In headers and, where the contract has a field, in the body alike."""
    answer = embed(client)
    energy = answer.json()["energy"]
    assert float(answer.headers["x-energy-joules"]) == pytest.approx(energy["estimate_j"], rel=1e-4)
    assert float(answer.headers["x-carbon-grams"]) == pytest.approx(energy["emissions_g"], rel=1e-4)
    assert energy["estimate_j"] > 0
    assert energy["method"] == "linear"


def test_a_batch_is_estimated_by_its_items(client: TestClient) -> None:
    """Three texts are three times one."""
    one, three = (
        client.post("/embed", json={"inputs": [{"text": "red"}] * count}) for count in (1, 3)
    )
    joules = [float(answer.headers["x-energy-joules"]) for answer in (one, three)]
    assert joules[1] == pytest.approx(3 * joules[0], rel=1e-3)


def test_a_plan_states_its_joules(client: TestClient) -> None:
    """In its usage."""
    client.put("/documents", json={"documents": [{"text": "red"}]})
    answer = client.post("/agents/plan", json={"goal": "red"})
    assert answer.json()["usage"]["energy_j"] == pytest.approx(
        float(answer.headers["x-energy-joules"]), rel=1e-4
    )


def test_probes_are_not_metered(client: TestClient) -> None:
    """Nobody's request."""
    assert "x-energy-joules" not in client.get("/health/live").headers


def test_what_a_request_cost_can_be_asked_for_by_its_id(client: TestClient) -> None:
    """With the estimate its header told."""
    told = embed(client, headers={"X-Request-ID": "mine-1"}).headers["x-energy-joules"]
    body = client.get("/sustainability/requests/mine-1").json()
    assert body["endpoint"] == "/embed/multimodal"
    assert body["estimate_j"] == pytest.approx(float(told), rel=1e-4)
    assert not body["settled"]


def test_an_unknown_request_is_a_404(client: TestClient) -> None:
    """In the one shape of errors."""
    answer = client.get("/sustainability/requests/never")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_work_below_is_charged_to_the_request_that_caused_it(
    client: TestClient, backend: LocalBackend
) -> None:
    """The work account has CPU seconds under the client and the route's template."""
    client.get("/documents/none", headers={"X-Request-ID": "mine-2"})
    record = next(
        record
        for record in backend.energy.service.kept._records.values()
        if record.key.request_id == "mine-2"
    )
    assert record.key.endpoint == "/documents/{document_id}"
    assert record.key.client


def test_a_refused_request_is_an_error_and_not_what_it_asked_for(
    client: TestClient, backend: LocalBackend
) -> None:
    """Or the estimates of pictures would sink with every broken one."""
    kinds = []
    backend.energy.finish = lambda finished: kinds.append((finished.kind, finished.units))
    client.post("/embed", json={"inputs": [{"text": "red"}] * 5})
    client.post("/embed", json={"inputs": [{"text": " "}] * 5})
    assert kinds == [("text", 5.0), ("error", 1.0)]


def test_figures_and_modes_need_the_right_key(backend: LocalBackend, tmp_path: Path) -> None:
    """A bound key sees nothing of the whole, only administrators switch."""
    keys = Keys(tmp_path / "keys.json")
    bound, free = keys.make(namespaces=["own"]), keys.make()
    administrator = keys.make("administrator")
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    with client_of(backend, guard) as client:
        figures = [client.get("/sustainability", headers=h).status_code for h in (bound, free)]
        switched = [
            client.put("/sustainability/mode", headers=h, json={"mode": "eco"}).status_code
            for h in (bound, free, administrator)
        ]
        report = client.get("/sustainability", headers=free).json()
    assert figures == [403, 200]
    assert switched == [403, 403, 200]
    assert report["mode"]["effective"] == "eco"


def test_the_report_adds_up_and_never_names_a_key(client: TestClient) -> None:
    """Clients appear under the hash that logs use."""
    embed(client)
    report = client.get("/sustainability").json()
    assert report["measured_j"] == pytest.approx(
        report["requests_j"] + report["overhead_j"] + report["idle_j"]
    )
    assert {row["endpoint"] for row in report["endpoints"]} == {"/embed/multimodal"}
    assert report["clients"]
    assert all("203.0.113.9" not in row["client"] for row in report["clients"])


def test_an_unknown_mode_is_refused_by_name(client: TestClient) -> None:
    """422, and the mode stays."""
    answer = client.put("/sustainability/mode", json={"mode": "turbo"})
    assert answer.status_code == 422
    assert client.get("/sustainability").json()["mode"]["effective"] == "full"
