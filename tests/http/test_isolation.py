"""Two tenants on one service: no route shows one anything of the other, by guessing ids either.

The routes come from the application itself. A route without a row in ``ROUTES`` fails here, so
none can be added without saying where its namespace stands and which of its ids can be guessed.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.access.rate_settings import RateLimits
from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded
from tests.towers import picture_file

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
    ("GET", "/quota"): Route(),
    ("GET", "/audit"): Route(),
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


HARMLESS = """
budget.beam_width budget.branching budget.deadline_ms budget.level_width budget.max_cost
budget.max_depth budget.max_nodes budget.max_tokens budget.max_tool_calls dimensions
encoding_format engine execute explain fusion.keyword_weight fusion.method
fusion.semantic_weight limit max_rounds modality mode model normalize offset prefer_recent
quality_threshold query:act query:after query:limit query:offset query:since query:until
query:who recall recency_half_life_s remember seed space strategy stream tools tools[] user
vector vector[] vector_space
"""
"""Numbers, switches and words of fixed lists: they name nothing that anybody owns."""
CONTENT = """
answer file file[] goal image_base64 input input[] inputs[].image_base64 inputs[].image_url
inputs[].text documents[].image_base64 documents[].text metadata query text
"""
"""The caller's own words and pictures; ``test_words_of_another_are_not_found`` says what of."""
TRIED = """
namespace query:namespace path:document_id path:run_id path:request_id header:idempotency-key
header:last-event-id documents[]{} context{} filter filter{} plan plan{} results[] results[].id
"""
"""Names a namespace, an id or a field, or may hold anything: tried with those of another."""


def places_of(document: dict[str, Any]) -> set[str]:
    """Return every place of every request: parameters, and fields of bodies at any depth."""
    schemas, found = document["components"]["schemas"], set()

    def walk(schema: dict[str, Any], place: str, seen: tuple[str, ...]) -> None:
        name = schema.get("$ref", "").rpartition("/")[2]
        if name in seen:
            return
        schema = schemas.get(name, schema)
        seen = (*seen, name) if name else seen
        for kind in ("anyOf", "oneOf", "allOf"):
            for part in schema.get(kind, ()):
                walk(part, place, seen)
        if schema.get("properties"):
            for field_name, part in schema["properties"].items():
                walk(part, f"{place}.{field_name}".strip("."), seen)
        elif schema.get("type") == "array":
            walk(schema.get("items", {}), f"{place}[]", seen)
        elif schema.get("type") == "object":
            found.add(f"{place}{{}}")
        elif schema.get("type") not in (None, "null"):
            found.add(place)

    for operations in document["paths"].values():
        for operation in operations.values():
            named = [part for part in operation.get("parameters", ()) if "name" in part]
            found |= {f"{part['in']}:{part['name']}" for part in named}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                walk(content["schema"], "", ())
    return found


def test_every_place_of_every_request_is_known(tmp_path) -> None:
    """A field that is added fails here until it is known to name nothing, or is tried."""
    document = build_app(LocalBackend(tmp_path), RequestLimits()).app.openapi()
    known = {*HARMLESS.split(), *CONTENT.split(), *TRIED.split()}
    assert places_of(document) - known == set()


def smuggled(ids: dict[str, str]) -> dict[str, tuple[str, str, dict[str, Any], dict[str, str]]]:
    """Return requests in the own namespace that name something of another's further inside."""
    foreign_step = {
        "id": "s1",
        "tool": "search",
        "args": {"query": SECRET, "namespace": FOREIGN, "limit": 5},
    }
    fetch = {"id": "s1", "tool": "fetch", "args": {"ids": [ids["document_id"]]}}
    bare = {"namespace": OWN, "goal": "a lamp"}
    document = {"id": ids["document_id"], "text": "theft"}
    event = {"Last-Event-ID": f"{ids['run_id']}:0"}
    plan, reflect, search = "/agents/plan", "/agents/reflect", "/search"
    return {
        "context": ("POST", plan, bare | {"context": {"namespace": FOREIGN}}, {}),
        "context, deeper": ("POST", plan, bare | {"context": {"a": [{"ids": [FOREIGN]}]}}, {}),
        "resumed run": ("POST", plan, bare | {"stream": True}, event),
        "plan's step": ("POST", reflect, bare | {"plan": {"steps": [foreign_step]}}, {}),
        "plan's fetch": ("POST", reflect, bare | {"plan": {"steps": [fetch]}}, {}),
        "plan's namespace": (
            "POST",
            reflect,
            bare | {"plan": {"namespace": FOREIGN, "steps": [fetch], "answer_step": "s1"}},
            {},
        ),
        "result": ("POST", reflect, bare | {"results": [ids["document_id"]]}, {}),
        "result as object": ("POST", reflect, bare | {"results": [{"id": ids["document_id"]}]}, {}),
        "cited": ("POST", reflect, bare | {"answer": f"It is so [{ids['document_id']}]."}, {}),
        "batch item": ("PUT", "/documents", {"namespace": OWN, "documents": [document]}, {}),
        "item's namespace": (
            "PUT",
            "/documents",
            {"namespace": OWN, "documents": [document | {"namespace": FOREIGN}]},
            {},
        ),
        "filter": (
            "POST",
            search,
            {
                "namespace": OWN,
                "query": "lamp",
                "filter": {"field": "namespace", "op": "eq", "value": FOREIGN},
            },
            {},
        ),
        "filter's field": (
            "POST",
            search,
            {
                "namespace": OWN,
                "query": "lamp",
                "filter": {"field": "filename", "op": "eq", "value": "secret.png"},
            },
            {},
        ),
        "second namespace": (
            "POST",
            search,
            {"namespace": OWN, "query": "lamp", "namespaces": [FOREIGN]},
            {},
        ),
    }


@pytest.mark.parametrize("name", sorted(smuggled(dict.fromkeys(IDS, "x"))))
def test_nothing_named_inside_a_request_opens_another_namespace(
    tenants: Tenants, name: str
) -> None:
    """Neither a document nor a word of it comes back, and everything is there as it was."""
    own = {"namespace": OWN, "documents": [{"id": "lamp", "text": "a lamp"}]}
    tenants.client.put("/documents", headers=tenants.b, json=own)
    before = tenants.inventory()
    method, path, body, headers = smuggled(tenants.ids)[name]
    answer = tenants.client.request(method, path, headers=tenants.b | headers, json=body)
    assert answer.status_code < 500, answer.text
    told = answer.text
    traces = (SECRET, FOREIGN, "secret.png", tenants.ids["document_id"], tenants.ids["run_id"])
    for trace in traces:
        # The caller's own words may come back, as data or in an error.
        assert trace in str(body) + str(headers) or trace not in told, trace
    results = answer.json().get("results", ()) if answer.status_code == 200 else ()
    assert SECRET not in " ".join(result.get("text") or "" for result in results)
    assert tenants.inventory() == before
    # The own document of that id, where one was written: others of this module look for it.
    mine = {"headers": tenants.b, "params": {"namespace": OWN}}
    tenants.client.delete(f"/documents/{tenants.ids['document_id']}", **mine)


def test_an_idempotency_key_of_another_is_free(tenants: Tenants) -> None:
    """The same name and body of two clients are two writes: no answer crosses over."""
    once = {"Idempotency-Key": "shared"}
    document = {"documents": [{"text": f"red {SECRET}"}]}
    first = tenants.client.put(
        "/documents", headers=tenants.a | once, json=document | {"namespace": FOREIGN}
    )
    assert first.status_code == 200
    foreign = tenants.client.put(
        "/documents", headers=tenants.b | once, json=document | {"namespace": FOREIGN}
    )
    assert foreign.status_code == 403
    own = tenants.client.put(
        "/documents", headers=tenants.b | once, json=document | {"namespace": OWN}
    )
    assert own.status_code == 200
    assert "idempotency-replayed" not in own.headers
    assert set(own.json()["ids"]).isdisjoint(first.json()["ids"])
    # Gone again: others of this module look for the word.
    tenants.client.delete(
        f"/documents/{own.json()['ids'][0]}", headers=tenants.b, params={"namespace": OWN}
    )


def test_a_quota_counts_nothing_of_another(tenants: Tenants) -> None:
    """What one writes is not seen in what the other holds."""
    before = tenants.client.get("/quota", headers=tenants.b).json()
    tenants.client.put(
        "/documents",
        headers=tenants.a,
        json={"namespace": FOREIGN, "documents": [{"id": "counted", "text": "red"}]},
    )
    assert tenants.client.get("/quota", headers=tenants.b).json() == before


def test_words_of_another_are_not_found(tenants: Tenants) -> None:
    """Errors, suggestions and statistics read the own namespace's words and no other's."""
    get = {"headers": tenants.b, "params": {"namespace": OWN}}
    wrong = {"namespace": OWN, "query": "lamp"}
    answers = [
        tenants.client.post("/search", headers=tenants.b, json=wrong | body)
        for body in (
            {"filter": {"field": "filenam", "op": "eq", "value": "x"}},
            {"filter": {"field": "filename", "op": "near", "value": "x"}},
            {"query": "xylograp"},
            {"query": "xylographs", "mode": "keyword"},
        )
    ]
    answers += [
        tenants.client.get("/documents/xylograp", **get),
        tenants.client.get(f"/documents/{tenants.ids['document_id'][:-1]}", **get),
        tenants.client.post(
            "/agents/plan", headers=tenants.b, json={"goal": "a woodcut", "namespace": OWN}
        ),
        tenants.client.get("/health", headers=tenants.b),
        tenants.client.get("/health"),
    ]
    for answer in answers:
        assert answer.status_code < 500
        for trace in (SECRET, FOREIGN, "secret.png", tenants.ids["document_id"]):
            assert trace not in answer.text, answer.request.url
