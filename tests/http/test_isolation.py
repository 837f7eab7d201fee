"""Two tenants on one service: no route shows one anything of the other, by guessing ids either.

The routes come from the application itself. A route without a row in ``ROUTES`` fails here, so
none can be added without saying where its namespace stands and which of its ids can be guessed.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from doors import Clock, Keys, client_of, guarded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import build_app
from api.limits import RequestLimits
from api.rate_settings import RateLimits
from tests.fakes import LocalBackend, picture_file

SECRET = "xylograph"
FOREIGN, OWN = "tenant-a", "tenant-b"
NOWHERE = "of-nobody"
FILE = {"file": ("red.png", picture_file(), "image/png")}


@dataclass(frozen=True)
class Route:
    """How a tenant might try to reach another's things through a route."""

    namespace: str | None = None
    """Where the namespace stands: ``query``, ``json``, ``form``; None: the route takes none."""
    body: dict[str, Any] = field(default_factory=dict)


ROUTES = {
    ("POST", "/embed"): Route(body={"json": {"inputs": [{"text": SECRET}]}}),
    ("POST", "/embed/multimodal"): Route(body={"files": FILE, "data": {"modality": "image"}}),
    ("POST", "/v1/embeddings"): Route(body={"json": {"model": "words", "input": SECRET}}),
    ("GET", "/v1/models"): Route(),
    ("PUT", "/documents"): Route("json", {"json": {"documents": [{"id": "d", "text": "theft"}]}}),
    ("POST", "/documents/upload"): Route("form", {"files": FILE}),
    ("GET", "/documents"): Route("query"),
    ("GET", "/documents/{document_id}"): Route("query"),
    ("GET", "/documents/{document_id}/image"): Route("query"),
    ("DELETE", "/documents/{document_id}"): Route("query"),
    ("GET", "/namespaces"): Route(),
    ("POST", "/search"): Route("json", {"json": {"query": SECRET, "limit": 50, "explain": True}}),
    ("POST", "/agents/plan"): Route("json", {"json": {"goal": SECRET}}),
    ("GET", "/agents/plan/{run_id}"): Route(),
    ("GET", "/agents/plan/{run_id}/events"): Route(),
    ("POST", "/agents/reflect"): Route("json", {"json": {"goal": SECRET, "answer": SECRET}}),
    ("GET", "/metrics"): Route(),
    ("GET", "/slo"): Route(),
    ("GET", "/sustainability"): Route(),
    ("GET", "/sustainability/requests/{request_id}"): Route(),
    ("PUT", "/sustainability/mode"): Route(body={"json": {"mode": "eco"}}),
    ("GET", "/health"): Route(),
    ("GET", "/health/ready"): Route(),
    ("GET", "/health/live"): Route(),
}
ECHOES = {("POST", "/embed"), ("POST", "/agents/plan"), ("POST", "/agents/reflect")}
"""Give back the caller's own words, so those are no trace."""
IDS = {"document_id": "the document", "run_id": "the run", "request_id": "the request"}


@dataclass
class Tenants:
    """The service, both keys, and what the first tenant owns."""

    client: TestClient
    a: dict[str, str]
    b: dict[str, str]
    ids: dict[str, str]

    def send(self, route: tuple[str, str], namespace: str, **ids: str):
        """Send tenant B's request."""
        method, path = route
        options = {key: dict(value) for key, value in ROUTES[route].body.items()}
        place = {"query": "params", "json": "json", "form": "data"}.get(
            ROUTES[route].namespace or ""
        )
        if place:
            options[place] = options.get(place, {}) | {"namespace": namespace}
        return self.client.request(
            method, path.format(**(self.ids | ids)), headers=self.b, **options
        )

    def inventory(self) -> list[Any]:
        """Return all that tenant A has, as A sees it."""
        page = {"namespace": FOREIGN}
        get = self.client.get
        document, run = self.ids["document_id"], self.ids["run_id"]
        return [
            get("/documents", params=page, headers=self.a).json(),
            get(f"/documents/{document}", params=page, headers=self.a).json(),
            get(f"/documents/{document}/image", params=page, headers=self.a).content,
            get(f"/agents/plan/{run}", headers=self.a).json()["id"],
            get(f"/sustainability/requests/{self.ids['request_id']}", headers=self.a).json(),
        ]


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tenants")
    keys = Keys(folder / "keys.json")
    a, b = keys.make(namespaces=[FOREIGN]), keys.make(namespaces=[OWN])
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    with client_of(LocalBackend(folder / "index"), guard) as client:
        upload = client.post(
            "/documents/upload",
            headers=a,
            files={"file": ("secret.png", picture_file(), "image/png")},
            data={"namespace": FOREIGN, "text": f"red {SECRET}"},
        )
        assert upload.status_code == 200, upload.text
        goal = {"goal": f"red {SECRET}", "namespace": FOREIGN, "stream": True}
        stream = client.post("/agents/plan", headers=a, json=goal).text
        run_id = stream.split("id: ", 1)[1].split(":", 1)[0]
        assert SECRET in stream
        ids = {
            "document_id": upload.json()["ids"][0],
            "run_id": run_id,
            "request_id": upload.headers["x-request-id"],
        }
        yield Tenants(client, a, b, ids)


def every_route(tmp_path) -> set[tuple[str, str]]:
    document = build_app(LocalBackend(tmp_path), RequestLimits()).app.openapi()
    return {(method.upper(), path) for path, ops in document["paths"].items() for method in ops}


def test_every_route_of_the_application_is_tried(tmp_path) -> None:
    """A new route fails here until it says how a tenant might misuse it."""
    routes = every_route(tmp_path)
    assert set(ROUTES) == routes
    placeholders = {name for _, path in routes for name in re.findall(r"{(\w+)}", path)}
    assert placeholders == set(IDS)


ids = st.sampled_from(["guessed", "own", NOWHERE])


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    route=st.sampled_from(sorted(ROUTES)),
    namespace=st.sampled_from([FOREIGN, OWN, "default", NOWHERE]),
    guess=st.booleans(),
)
def test_no_route_shows_or_changes_anything_of_another(
    tenants: Tenants, route: tuple[str, str], namespace: str, guess: bool
) -> None:
    """Neither a word nor an id nor a name, and everything is still there as it was."""
    before = tenants.inventory()
    given_ids = {} if guess else dict.fromkeys(IDS, NOWHERE)
    answer = tenants.send(route, namespace, **given_ids)
    assert answer.status_code < 500, answer.text
    if ROUTES[route].namespace and namespace != OWN:
        assert answer.status_code == 403, answer.text
    elif "{" in route[1]:
        assert answer.status_code == 404, answer.text
    if answer.status_code == 200:
        traces = [FOREIGN, tenants.ids["document_id"], tenants.ids["run_id"], "secret.png"]
        if route not in ECHOES and ROUTES[route].namespace != "json":
            traces.append(SECRET)
        for trace in traces:
            assert trace not in answer.text, (route, trace)
        if route == ("POST", "/search"):
            assert SECRET not in " ".join(hit["text"] or "" for hit in answer.json()["results"])
    assert tenants.inventory() == before


@pytest.mark.parametrize("route", [r for r in sorted(ROUTES) if "{" in r[1]], ids=" ".join)
@pytest.mark.parametrize("namespace", [FOREIGN, OWN])
def test_an_id_that_exists_elsewhere_reads_like_one_that_does_not(
    tenants: Tenants, route: tuple[str, str], namespace: str
) -> None:
    """Status, words and headers are the same but for the id itself."""
    guessed = tenants.send(route, namespace)
    missing = tenants.send(route, namespace, **dict.fromkeys(IDS, "0" * 32))
    assert guessed.status_code == missing.status_code
    assert _told(guessed, tenants.ids.values()) == _told(missing, ["0" * 32])


@pytest.mark.parametrize("route", [r for r in sorted(ROUTES) if ROUTES[r].namespace], ids=" ".join)
def test_a_namespace_that_exists_reads_like_one_that_does_not(
    tenants: Tenants, route: tuple[str, str]
) -> None:
    """403 in the same words for both."""
    foreign, missing = tenants.send(route, FOREIGN), tenants.send(route, NOWHERE)
    assert foreign.status_code == missing.status_code == 403
    assert _told(foreign, [FOREIGN]) == _told(missing, [NOWHERE])


def test_statistics_do_not_count_what_others_own(tenants: Tenants) -> None:
    """Names, totals, versions and candidates are those of the own namespace."""
    assert tenants.client.get("/namespaces", headers=tenants.b).json()["namespaces"] in ([], [OWN])
    for headers in ({}, tenants.b):
        [health] = tenants.client.get("/health", headers=headers).json()["components"].values()
        assert set(health) == {"healthy", "latency_ms"}
    fresh = tenants.send(("POST", "/search"), OWN).json()
    tenants.client.put(
        "/documents",
        headers=tenants.a,
        json={"namespace": FOREIGN, "documents": [{"id": "more", "text": f"red {SECRET}"}]},
    )
    again = tenants.send(("POST", "/search"), OWN).json()
    assert {k: v for k, v in again.items() if k != "took_ms"} == {
        k: v for k, v in fresh.items() if k != "took_ms"
    }


def _told(answer, named) -> tuple[Any, ...]:
    error = dict(answer.json()["error"])
    error.pop("request_id")
    text = str(error)
    for name in named:
        text = text.replace(name, "ID")
    headers = {key for key in answer.headers if key != "x-request-id"}
    return text, sorted(headers)
