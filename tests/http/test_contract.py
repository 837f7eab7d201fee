"""Whatever the OpenAPI document allows is answered as it says: no 5xx, nothing undocumented."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from api.access.rate_settings import RateLimits
from api.app import HttpApplication, build_app
from api.bodies.limits import RequestLimits
from api.schemas.base import ONE_OF
from deployments.extraction.file_reader import FileReader
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, guarded
from tests.http.live import live
from tests.http.places import lost_places, told_twice
from tests.towers import picture_file

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "15"))
"""For each operation, of allowed and of wrong requests each; `make contract` takes more."""
DEADLINE = "X-Request-Deadline-Ms"
CONTENT_DECIDES = ["2xx", "401", "403", "404", "409", "413", "415", "422"]
"""May answer a body that fits its schema: no schema says that bytes are a whole picture, that a
filter names a known field, or that two weights sum to 1. Without a body there is no such excuse."""
REFUSES = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "428", "429"]
"""Answers a body that breaks its schema. Its size may be told before anything else of it."""
LISTED = ["200", "202", *REFUSES]
"""A document that breaks its schema is listed as failed; the others of its request are written."""
FORMS = ["200", "202", "4xx"]
"""A form has no types: the number 0 for a file is a file that holds the text 0."""
CONFIG = {
    # Of generated keys none is valid, and the one that is must not be overwritten.
    "generation": {"with-security-parameters": False},
    # The first that fits counts.
    "operations": [
        {
            "include-operation-id": ["put_documents"],
            "checks": {
                "positive_data_acceptance": {"expected-statuses": CONTENT_DECIDES},
                "negative_data_rejection": {"expected-statuses": LISTED},
            },
        },
        {
            # The run in Last-Event-ID must be the path's.
            "include-path": ["/agents/plan/{run_id}/events"],
            "checks": {"positive_data_acceptance": {"expected-statuses": CONTENT_DECIDES}},
        },
        {
            "include-path": ["/embed/multimodal", "/documents/upload"],
            "checks": {
                "positive_data_acceptance": {"expected-statuses": CONTENT_DECIDES},
                "negative_data_rejection": {"expected-statuses": FORMS},
            },
        },
        {
            # A search that is wrong fails alone, inside of a 200.
            "include-path": ["/search/batch"],
            "checks": {
                "positive_data_acceptance": {"expected-statuses": CONTENT_DECIDES},
                "negative_data_rejection": {"expected-statuses": ["200", "4xx"]},
            },
        },
        {
            # No schema says which state a document has.
            "include-method": ["PATCH"],
            "checks": {
                "positive_data_acceptance": {"expected-statuses": [*CONTENT_DECIDES, "412"]},
                "negative_data_rejection": {"expected-statuses": [*REFUSES, "412"]},
            },
        },
        {
            "include-method": ["POST", "PUT"],
            "checks": {
                "positive_data_acceptance": {"expected-statuses": CONTENT_DECIDES},
                "negative_data_rejection": {"expected-statuses": REFUSES},
            },
        },
    ],
}


@schemathesis.hook
def before_load_schema(_context: Any, document: dict[str, Any]) -> None:
    """Ask for one of some members, as the document says in words of its own."""
    for schema in document["components"]["schemas"].values():
        if ONE_OF in schema:
            schema["anyOf"] = schema.pop(ONE_OF)


def service(folder: Path) -> tuple[HttpApplication, dict[str, str]]:
    """The application with keys in force, and an administrator's."""
    keys = Keys(folder / "keys.json")
    administrator = keys.make("administrator")
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    backend = LocalBackend(folder / "index")
    app = build_app(backend, RequestLimits(), guard, energy=backend.energy, reader=FileReader())
    return app, administrator


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    app, administrator = service(tmp_path_factory.mktemp("contract"))
    with live(app) as url:
        yield url, administrator


def operations() -> list[str]:
    document = build_app(LocalBackend(Path()), RequestLimits()).app.openapi()
    return [
        f"{method.upper()} {path}"
        for path in document["paths"]
        for method in document["paths"][path]
    ]


@pytest.fixture(scope="module")
def schema(door):
    config = schemathesis.Config.from_dict(CONFIG)
    return schemathesis.openapi.from_url(f"{door[0]}/openapi.json", config=config)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", operations())
def test_every_answer_is_as_documented(schema, door, name: str, mode: GenerationMode) -> None:
    """All of schemathesis' checks, on every operation, seeded."""
    _, administrator = door
    method, path = name.split(" ", 1)
    operation = schema[path][method]
    statuses: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case) -> None:
        patient(case)
        answer = case.call_and_validate(headers=administrator)
        if answer.status_code >= 400 and "application/json" in (case.media_type or ""):
            assert lost_places(answer.json(), case.body) == [], answer.text
            assert not told_twice(answer.json()), answer.text
        statuses.append(answer.status_code)

    run()
    assert statuses


PICTURE = base64.b64encode(picture_file()).decode()
FILE = {"file": ("p.png", picture_file(), "image/png")}
GOOD: dict[str, dict[str, Any]] = {
    "PUT /documents": {
        "json": {"documents": [{"id": "d", "text": "red", "image_base64": PICTURE}]},
        "headers": {"Idempotency-Key": "once"},
    },
    "POST /documents/upload": {"files": FILE, "data": {"metadata": '{"a": [1, null]}'}},
    "POST /embed": {
        "json": {"inputs": [{"text": "red"}, {"image_base64": PICTURE}, {"text": " "}]}
    },
    "POST /embed/multimodal": {"files": FILE, "data": {"modality": "image"}},
    "POST /v1/embeddings": {
        "json": {"model": "words", "input": ["red"], "encoding_format": "base64"}
    },
    "POST /rank": {
        "json": {"inputs": [{"image_base64": PICTURE}], "candidates": [{"text": "red"}]}
    },
    "GET /v1/models": {},
    "GET /v1/models/{model_id}": {},
    "GET /documents": {"params": {"limit": 1}},
    "GET /documents/{document_id}": {},
    "GET /documents/{document_id}/image": {},
    "PATCH /documents/{document_id}": {
        "json": {"metadata": {"a": 1, "b": None}},
        "headers": {"Idempotency-Key": "patched-once", "If-Match": "*"},
    },
    "POST /documents/delete": {
        "json": {"filter": {"field": "id", "op": "eq", "value": "d"}, "dry_run": True}
    },
    "POST /search": {"json": {"query": "red", "image_base64": PICTURE, "explain": True}},
    "POST /search/batch": {"json": {"searches": [{"query": "red"}, {"query": " "}]}},
    "GET /suggest": {"params": {"query": "re"}},
    "POST /agents/plan": {"json": {"goal": "red"}},
    "POST /agents/reflect": {"json": {"goal": "red", "answer": "red"}},
    "GET /agents/plan/{run_id}/events": {},
    "GET /agents/plan/{run_id}": {},
    "GET /namespaces": {},
    "GET /namespaces/{namespace}": {},
    "GET /namespaces/{namespace}/map": {},
    "PUT /namespaces/{namespace}/settings": {"json": {"synonyms": [["red", "scarlet"]]}},
    "GET /namespaces/{namespace}/settings": {},
    "GET /jobs": {},
    "GET /jobs/{job_id}": {},
    "DELETE /jobs/{job_id}": {},
    "GET /quota": {},
    "GET /audit": {"params": {"limit": 5, "since": "2026-01-01T00:00:00Z"}},
    "GET /metrics": {},
    "GET /slo": {},
    "GET /slo/history": {"params": {"over": "2h"}},
    "GET /limits": {},
    "GET /logs/{request_id}": {},
    "GET /sustainability": {},
    "GET /sustainability/requests/{request_id}": {},
    "PUT /sustainability/mode": {"json": {"mode": "eco"}},
    "GET /health": {},
    "GET /health/ready": {},
    "GET /health/live": {},
    "DELETE /documents/{document_id}": {},
    "DELETE /namespaces/{namespace}": {},
}
"""A request of every operation that succeeds, in an order in which it does."""


def test_every_operation_succeeds_as_documented(schema, door) -> None:
    """Status, headers and body of a success; a route without a good request here fails."""
    assert set(GOOD) == set(operations())
    url, administrator = door
    with httpx.Client(base_url=url, headers=administrator) as client:
        documents = {"documents": [{"id": "first", "text": "red"}]}
        assert client.put("/documents", json=documents).status_code == 200
        later = client.put("/documents", json=documents, headers={"Prefer": "respond-async"})
        schema["/documents"]["PUT"].validate_response(later)
        streamed = client.post("/agents/plan", json={"goal": "red", "stream": True})
        ids = {
            "document_id": "d",
            "namespace": "default",
            "job_id": later.json()["id"],
            "model_id": "words",
            "run_id": streamed.text.split("id: ", 1)[1].split(":", 1)[0],
            "request_id": streamed.headers["x-request-id"],
        }
        for name, request in GOOD.items():
            method, path = name.split(" ", 1)
            answer = client.request(method, path.format(**ids), **request)
            assert answer.status_code == 200, (name, answer.text)
            answer.request.read()
            schema[path][method].validate_response(answer)


def patient(case) -> None:
    """Lengthen a generated deadline: one of a millisecond would be honoured, with 504."""
    value = str((case.headers or {}).get(DEADLINE, ""))
    if value.isdecimal() and 0 < int(value) < 60_000:
        case.headers[DEADLINE] = "60000"
