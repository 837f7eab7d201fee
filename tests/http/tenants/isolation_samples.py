"""Two tenants, and a request for every route."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.towers import picture_file

SECRET = "xylograph"
FOREIGN, OWN = "tenant-a", "tenant-b"
NOWHERE = "of-nobody"
FILE = {"file": ("red.png", picture_file(), "image/png")}


@dataclass(frozen=True)
class Route:
    """How a tenant might try to reach another's things through a route."""

    namespace: str | None = None
    """Where the namespace stands: ``query``, ``json``, ``form``, ``path``; None: it takes none."""
    body: dict[str, Any] = field(default_factory=dict)


ROUTES = {
    ("POST", "/embed"): Route(body={"json": {"inputs": [{"text": SECRET}]}}),
    ("POST", "/embed/multimodal"): Route(body={"files": FILE, "data": {"modality": "image"}}),
    ("POST", "/v1/embeddings"): Route(body={"json": {"model": "words", "input": SECRET}}),
    ("POST", "/rank"): Route(
        body={"json": {"inputs": [{"text": SECRET}], "candidates": [{"text": SECRET}]}}
    ),
    ("GET", "/v1/models"): Route(),
    ("GET", "/v1/models/{model_id}"): Route(),
    ("PUT", "/documents"): Route("json", {"json": {"documents": [{"id": "d", "text": "theft"}]}}),
    ("POST", "/documents/upload"): Route("form", {"files": FILE}),
    ("GET", "/documents"): Route("query"),
    ("GET", "/documents/{document_id}"): Route("query"),
    ("GET", "/documents/{document_id}/image"): Route("query"),
    ("PATCH", "/documents/{document_id}"): Route("query", {"json": {"metadata": {"stolen": True}}}),
    ("DELETE", "/documents/{document_id}"): Route("query"),
    ("POST", "/documents/delete"): Route("json", {"json": {"all": True, "dry_run": False}}),
    ("GET", "/namespaces"): Route(),
    ("GET", "/namespaces/{namespace}"): Route("path"),
    ("GET", "/namespaces/{namespace}/map"): Route("path"),
    ("GET", "/namespaces/{namespace}/settings"): Route("path"),
    ("PUT", "/namespaces/{namespace}/settings"): Route("path", {"json": {"stop_words": ["theft"]}}),
    ("DELETE", "/namespaces/{namespace}"): Route("path"),
    ("GET", "/jobs"): Route(),
    ("GET", "/jobs/{job_id}"): Route(),
    ("DELETE", "/jobs/{job_id}"): Route(),
    ("GET", "/suggest"): Route("query", {"params": {"query": SECRET}}),
    ("POST", "/search"): Route("json", {"json": {"query": SECRET, "limit": 50, "explain": True}}),
    ("POST", "/search/batch"): Route(body={"json": {"searches": [{"query": SECRET}]}}),
    ("POST", "/agents/plan"): Route("json", {"json": {"goal": SECRET}}),
    ("GET", "/agents/plan/{run_id}"): Route(),
    ("GET", "/agents/plan/{run_id}/events"): Route(),
    ("POST", "/agents/reflect"): Route("json", {"json": {"goal": SECRET, "answer": SECRET}}),
    ("GET", "/quota"): Route(),
    ("GET", "/audit"): Route(),
    ("GET", "/metrics"): Route(),
    ("GET", "/slo"): Route(),
    ("GET", "/slo/history"): Route(),
    ("GET", "/limits"): Route(),
    ("GET", "/logs/{request_id}"): Route(),
    ("GET", "/sustainability"): Route(),
    ("GET", "/sustainability/requests/{request_id}"): Route(),
    ("PUT", "/sustainability/mode"): Route(body={"json": {"mode": "eco"}}),
    ("GET", "/health"): Route(),
    ("GET", "/health/ready"): Route(),
    ("GET", "/health/live"): Route(),
}
IDS = {
    "document_id": "the document",
    "run_id": "the run",
    "request_id": "the request",
    "job_id": "the job",
    "model_id": "the model",
    "namespace": "the namespace",
}


@dataclass
class Tenants:
    """The service, both keys, and what the first tenant owns."""

    client: TestClient
    a: dict[str, str]
    b: dict[str, str]
    ids: dict[str, str]

    def send(self, route: tuple[str, str], namespace: str, /, **ids: str):
        """Send tenant B's request."""
        method, path = route
        options = {key: dict(value) for key, value in ROUTES[route].body.items()}
        place = {"query": "params", "json": "json", "form": "data"}.get(
            ROUTES[route].namespace or ""
        )
        if place:
            options[place] = options.get(place, {}) | {"namespace": namespace}
        named = self.ids | ids | {"namespace": namespace}
        return self.client.request(method, path.format(**named), headers=self.b, **options)

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
            get(f"/jobs/{self.ids['job_id']}", headers=self.a).json(),
            get(f"/sustainability/requests/{self.ids['request_id']}", headers=self.a).json(),
        ]


ids = st.sampled_from(["guessed", "own", NOWHERE])
