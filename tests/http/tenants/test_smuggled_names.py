"""Names inside of requests: none of them opens another client's namespace."""

from typing import Any

import pytest

from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.tenants.isolation_samples import FOREIGN, IDS, OWN, SECRET, Tenants

HARMLESS = """
all diversity dry_run query:over queries[].vector_space queries[].weight header:if-match
documents[].created_at documents[].source filter.op
budget.beam_width budget.branching budget.deadline_ms budget.level_width budget.max_cost
budget.max_depth budget.max_nodes budget.max_tokens budget.max_tool_calls dimensions
encoding_format engine execute explain fusion.keyword_weight fusion.method header:prefer input_type
fusion.semantic_weight limit max_rounds modality mode model normalize offset prefer_recent
quality_threshold query:act query:after query:limit query:offset query:since query:until
query:who recall recency_half_life_s remember seed space strategy stream tools tools[] typos user
vector vector[] vector_space prefix min_relevance min_score sort[].missing sort[].order
group_by.limit facets[].limit facets[].disjunctive facets[].ranges[].from
facets[].ranges[].to query:vectors query:width
"""
"""Numbers, switches and words of fixed lists: they name nothing that anybody owns."""
CONTENT = """
documents[].image_url documents[].metadata{} metadata{} filter.value filter.value[]
answer file file[] goal image_base64 input input[] inputs[].image_base64 inputs[].image_url
candidates[].image_base64 candidates[].image_url candidates[].text template[]
inputs[].text documents[].image_base64 documents[].text metadata query query:query text
queries[].text queries[].image_base64 queries[].vector[]
synonyms[][] one_way_synonyms{} stop_words[] pins[].query
"""
"""The caller's own words and pictures; ``test_words_of_another_are_not_found`` says what of."""
TRIED = """
namespace query:namespace path:namespace path:document_id path:run_id path:request_id path:model_id
path:job_id header:idempotency-key header:last-event-id documents[].id context{} filter.field
plan plan{} results[] results[].id
namespaces[] pins[].ids[]
group_by.field like[] unlike[] sort[].field fields[] facets[].field query:field
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
    # Those of a search, which are tried in a batch by ``test_batches_of_searches``.
    known |= {f"searches[].{place}" for place in known}
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
        "sorted field": (
            "POST",
            search,
            {"namespace": OWN, "sort": [{"field": "filename"}]},
            {},
        ),
        "counted field": (
            "POST",
            search,
            {"namespace": OWN, "facets": [{"field": "filename"}]},
            {},
        ),
        "map's field": ("GET", f"/namespaces/{OWN}/map?field=filename", {}, {}),
        "likeness": ("POST", search, {"namespace": OWN, "like": [ids["document_id"]]}, {}),
        "unlikeness": (
            "POST",
            search,
            {"namespace": OWN, "like": ["lamp"], "unlike": [ids["document_id"]]},
            {},
        ),
        "grouped field": (
            "POST",
            search,
            {"namespace": OWN, "query": "lamp", "group_by": {"field": "filename"}},
            {},
        ),
        "shown field": (
            "POST",
            search,
            {"namespace": OWN, "query": "lamp", "fields": ["filename"]},
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
