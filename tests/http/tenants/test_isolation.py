"""Two tenants on one service: no route shows one anything of the other, by guessing ids either.

The routes come from the application itself. A route without a row in ``ROUTES`` fails here, so
none can be added without saying where its namespace stands and which of its ids can be guessed.
"""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.access.route_rules import RULES
from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.tenants.isolation_samples import (
    FOREIGN,
    IDS,
    NOWHERE,
    OWN,
    ROUTES,
    SECRET,
    Tenants,
)

ECHOES = {("POST", "/embed"), ("POST", "/agents/plan"), ("POST", "/agents/reflect")}
"""Give back the caller's own words, so those are no trace."""


def has_id(route: tuple[str, str]) -> bool:
    """Whether a path names more than a namespace."""
    return "{" in route[1].replace("{namespace}", "")


def every_route(tmp_path) -> set[tuple[str, str]]:
    document = build_app(LocalBackend(tmp_path), RequestLimits()).app.openapi()
    return {(method.upper(), path) for path, ops in document["paths"].items() for method in ops}


def test_every_route_of_the_application_is_tried(tmp_path) -> None:
    """A new route fails here until it says how a tenant might misuse it."""
    routes = every_route(tmp_path)
    assert set(ROUTES) == routes
    placeholders = {name for _, path in routes for name in re.findall(r"{(\w+)}", path)}
    assert placeholders == set(IDS)


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
    if (ROUTES[route].namespace and namespace != OWN) or RULES[route].access == "administrator":
        assert answer.status_code == 403, answer.text
    elif has_id(route):
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


@pytest.mark.parametrize("route", list(filter(has_id, sorted(ROUTES))), ids=" ".join)
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
