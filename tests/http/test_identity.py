"""API keys at the door, and tenants that cannot see each other."""

import inspect
from pathlib import Path

import pytest

from agents.reflection.request import ReflectRequest
from agents.requests import PlanRequest
from api.access.identity import Client
from api.access.rate_settings import Limit, RateLimits
from api.access.route_rules import RULES
from api.access.scoped_backend import ScopedBackend
from api.app import build_app
from api.backend import Backend
from api.bodies.limits import RequestLimits
from api.errors import Forbidden
from api.plan_messages import PlanCommand, ReflectCommand
from reliability.jobs.job import JobOrder
from retrieval.search.request import SearchRequest
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded
from tests.towers import picture_file
from tests.waiting import until

NOW = "2026-11-23T00:00:00+00:00"
PLENTY = RateLimits(enabled=False)
SECRET = "the-secret-of-tenant-a"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
def tenants(keys: Keys, tmp_path_factory: pytest.TempPathFactory):
    """Two tenants with a document each; and who runs the place."""
    headers = {
        "a": keys.make(namespaces=["tenant-a"]),
        "b": keys.make(namespaces=["tenant-b"]),
        "free": keys.make(),
        "administrator": keys.make(role="administrator"),
    }
    backend = LocalBackend(tmp_path_factory.mktemp("index"))
    with client_of(backend, guarded(PLENTY, Clock(), keys)) as client:
        upload = client.post(
            "/documents/upload",
            headers=headers["a"],
            files={"file": ("p.png", picture_file(), "image/png")},
            data={"namespace": "tenant-a", "text": SECRET},
        )
        assert upload.status_code == 200, upload.text
        yield client, headers, upload.json()["ids"][0]


def test_a_key_is_needed_and_a_wrong_one_is_refused(tenants) -> None:
    """401 with WWW-Authenticate; neither answer repeats what was sent."""
    client, headers, _ = tenants
    missing = client.get("/namespaces")
    assert missing.status_code == 401
    assert missing.headers["www-authenticate"] == "Bearer"
    assert missing.json()["error"]["code"] == "missing_api_key"
    text = headers["a"]["Authorization"][:-4] + "zzzz"
    wrong = client.get("/namespaces", headers={"Authorization": text})
    assert wrong.status_code == 401
    assert wrong.json()["error"]["code"] == "invalid_api_key"
    assert text.split()[1] not in wrong.text
    by_name = {"X-API-Key": headers["a"]["Authorization"].split()[1]}
    assert client.get("/namespaces", headers=by_name).status_code == 200


@pytest.mark.parametrize("first", ["a", "b"])
def test_two_keys_in_one_request_are_refused_whichever_comes_first(tenants, first: str) -> None:
    """Which of them a proxy before us looked at is not known."""
    client, headers, _ = tenants
    one, other = (headers[name]["Authorization"].split()[1] for name in (first, "ab".strip(first)))
    for sent in (
        [("X-API-Key", one), ("X-API-Key", other)],
        [("X-API-Key", one), ("X-API-Key", one)],
        [("X-API-Key", one), ("Authorization", f"Bearer {other}")],
        [("Authorization", f"Bearer {one}"), ("X-API-Key", other)],
        [("Authorization", f"Bearer {one}"), ("Authorization", f"bearer {other}")],
        [("Authorization", f"Bearer {one}"), ("Authorization", "Basic eDp5")],
        [("X-API-Key", one), ("X-API-Key", "")],
    ):
        refused = client.get("/namespaces", headers=sent)
        assert refused.status_code == 401, sent
        assert refused.json()["error"]["code"] == "conflicting_api_keys"
        assert one not in refused.text


def test_the_same_key_in_both_headers_is_one_key(tenants) -> None:
    """And credentials of another scheme are an edge proxy's, not ours."""
    client, headers, _ = tenants
    bearer = headers["a"]["Authorization"]
    for sent in (
        [("Authorization", bearer), ("X-API-Key", bearer.split()[1])],
        [("Authorization", "Basic eDp5"), ("X-API-Key", bearer.split()[1])],
    ):
        assert client.get("/namespaces", headers=sent).status_code == 200


def test_of_two_deadlines_or_request_ids_that_differ_none_wins(tenants) -> None:
    """A deadline is refused by its place; a request id is drawn anew."""
    client, headers, _ = tenants
    twice = [*headers["a"].items(), *(("X-Request-Deadline-Ms", ms) for ms in ("1000", "2000"))]
    refused = client.get("/namespaces", headers=twice)
    assert refused.status_code == 422
    assert refused.json()["error"]["details"]["where"] == "header.x-request-deadline-ms"
    ids = client.get("/health/live", headers=[("X-Request-ID", "one"), ("X-Request-ID", "two")])
    assert ids.headers["x-request-id"] not in ("one", "two")
    same = client.get("/health/live", headers=[("X-Request-ID", "one"), ("X-Request-ID", "one")])
    assert same.headers["x-request-id"] == "one"


def test_an_expired_key_is_told_so(keys: Keys, tmp_path: Path) -> None:
    """401 with a code of its own, so that its holder asks for another."""
    guard = guarded(PLENTY, Clock(), keys)
    with client_of(LocalBackend(tmp_path), guard) as client:
        over = client.get("/namespaces", headers=keys.make(expires_at=NOW))
        assert over.status_code == 401
        assert over.json()["error"]["code"] == "expired_api_key"
        later = keys.make(expires_at="2999-01-01T00:00:00+00:00")
    with client_of(LocalBackend(tmp_path), guarded(PLENTY, Clock(), keys)) as client:
        assert client.get("/namespaces", headers=later).status_code == 200


def test_a_broken_key_file_is_503_for_strangers_and_nothing_for_who_was_in(tmp_path: Path) -> None:
    """Deep nesting was a 500."""
    keys = Keys(tmp_path / "keys.json")
    known, clock = keys.make(), Clock()
    with client_of(LocalBackend(tmp_path / "index"), guarded(PLENTY, clock, keys)) as client:
        assert client.get("/namespaces", headers=known).status_code == 200
        keys.path.write_text("[" * 100_000)
        stranger = {"X-API-Key": f"bw_{'0' * 12}_{'A' * 43}"}
        until(lambda: client.get("/namespaces", headers=stranger).status_code == 503)
        refused = client.get("/namespaces", headers=stranger)
        assert refused.json()["error"]["code"] == "keys_unavailable"
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/namespaces", headers=known).status_code == 200


READER_MAY = {
    ("POST", "/embed"),
    ("POST", "/embed/multimodal"),
    ("POST", "/v1/embeddings"),
    ("POST", "/rank"),
    ("POST", "/search"),
    ("POST", "/search/batch"),
    ("POST", "/agents/plan"),
    ("POST", "/agents/reflect"),
}
"""Everything but GET that changes nothing. A new route stands here, or is closed to readers."""


def test_a_reader_changes_nothing(keys: Keys, tmp_path: Path) -> None:
    """403 before the body is looked at, on every route that is no GET and not listed above."""
    reader, writer = keys.make(role="reader"), keys.make()
    with client_of(LocalBackend(tmp_path), guarded(PLENTY, Clock(), keys)) as client:
        body = {"documents": [{"id": "d", "text": "a red mug"}]}
        assert client.put("/documents", headers=writer, json=body).status_code == 200
        for method, path in sorted(RULES):
            if method == "GET" or (method, path) in READER_MAY:
                assert not RULES[method, path].writes
                continue
            refused = client.request(
                method, path.format(document_id="d", job_id="j", namespace="n"), headers=reader
            )
            assert refused.status_code == 403, (method, path)
            assert refused.json()["error"]["code"] == "read_only_key"
        page = client.get("/documents", headers=reader).json()
        assert [document["id"] for document in page["documents"]] == ["d"]


@pytest.mark.parametrize("path", ["/agents/plan", "/agents/reflect"])
def test_a_reader_plans_but_remembers_nothing(keys: Keys, tmp_path: Path, path: str) -> None:
    """Remembering writes a document; streamed or not."""
    reader, writer = keys.make(role="reader"), keys.make()
    with client_of(LocalBackend(tmp_path), guarded(PLENTY, Clock(), keys)) as client:
        document = {"id": "d", "text": "a red mug"}
        client.put("/documents", headers=writer, json={"documents": [document]})
        goal = {"goal": "a red mug"} | ({"answer": "a mug [d]"} if "reflect" in path else {})
        assert client.post(path, headers=reader, json=goal).status_code == 200
        streams = [{}] if "reflect" in path else [{}, {"stream": True}]
        for more in streams:
            refused = client.post(path, headers=reader, json=goal | more | {"remember": True})
            assert refused.status_code == 403
            assert refused.json()["error"]["code"] == "read_only_key"
        page = client.get("/documents", headers=reader).json()
        assert [document["id"] for document in page["documents"]] == ["d"]


def test_probes_and_the_page_need_no_key(tenants) -> None:
    """A load balancer has none."""
    client, _, _ = tenants
    for path in ("/health", "/health/ready", "/health/live", "/openapi.json", "/docs"):
        assert client.get(path).status_code == 200


def test_guessing_keys_is_limited_by_address(keys: Keys, tmp_path: Path) -> None:
    """Also when every guess is another one."""
    guard = guarded(RateLimits(read=Limit(limit=3)), Clock(), keys)
    with client_of(LocalBackend(tmp_path), guard) as client:
        statuses = [
            client.get("/namespaces", headers={"X-API-Key": f"guess{n}"}).status_code
            for n in range(5)
        ]
    assert statuses == [401, 401, 401, 429, 429]


def test_roles_and_bound_keys_stop_at_the_door(tenants) -> None:
    """Administrator routes, and figures of the whole service."""
    client, headers, _ = tenants
    assert client.put("/sustainability/mode", headers=headers["free"]).status_code == 403
    # The body is missing: the door let it in.
    assert client.put("/sustainability/mode", headers=headers["administrator"]).status_code == 422
    for path in ("/metrics", "/slo", "/sustainability"):
        assert client.get(path, headers=headers["free"]).status_code == 200
        assert client.get(path, headers=headers["a"]).status_code == 403


def test_each_key_is_a_client_of_its_own(keys: Keys, tmp_path: Path) -> None:
    """Two keys from one address have a bucket each."""
    guard = guarded(RateLimits(read=Limit(limit=1)), Clock(), keys)
    first, second = keys.make(), keys.make()
    with client_of(LocalBackend(tmp_path), guard) as client:
        statuses = [
            client.get("/namespaces", headers=h).status_code for h in (first, first, second)
        ]
    assert statuses == [200, 429, 200]


def test_every_route_has_a_rule(tmp_path: Path) -> None:
    """A new route without a limit and an access rule fails here."""
    document = build_app(LocalBackend(tmp_path), RequestLimits()).app.openapi()
    routes = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert routes <= set(RULES)


def test_every_method_of_the_backend_refuses_a_foreign_namespace() -> None:
    """A method that takes a namespace and does not check it fails here."""

    class Nothing:
        def __getattr__(self, name: str):
            raise AssertionError(f"{name} was reached")

    scoped = ScopedBackend(Nothing(), Client("key:a", False, frozenset({"own"})))  # type: ignore[arg-type]
    names = [name for name, _ in inspect.getmembers(Backend, inspect.isfunction) if name[0] != "_"]
    for name in names:
        assert hasattr(ScopedBackend, name), name
        parameters = list(inspect.signature(getattr(Backend, name)).parameters.values())[1:]
        if name == "search":
            arguments = [SearchRequest(namespace="foreign", query_text="x")]
        elif name in ("plan", "start_plan"):
            arguments = [PlanCommand(PlanRequest("a goal", namespace="foreign"))]
        elif name == "reflect":
            arguments = [
                ReflectCommand(ReflectRequest("a goal", answer="a mug", namespace="foreign"))
            ]
        elif name == "submit_job":
            arguments = [JobOrder("j", "a", None, "foreign", "r", "h", 1), b""]
        elif name == "set_energy_mode":
            arguments = ["eco"]
        elif name == "energy_report":
            arguments = []
        elif any(parameter.name == "namespace" for parameter in parameters):
            arguments = ["foreign", *([None] * (len(parameters) - 1))]
        else:
            continue
        with pytest.raises(Forbidden):
            getattr(scoped, name)(*arguments).send(None)
