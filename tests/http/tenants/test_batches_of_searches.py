"""A batch of searches opens nothing that one of its searches does not."""

from tests.http.tenants.isolation_samples import FOREIGN, NOWHERE, OWN, SECRET, Tenants


def test_another_clients_namespace_is_refused_in_its_place(tenants: Tenants) -> None:
    """By the same words whether it exists or not, beside an answer of one's own."""
    searches = [
        {"query": SECRET, "namespace": FOREIGN},
        {"query": SECRET, "namespace": OWN},
        {"query": SECRET, "namespace": NOWHERE},
        {"like": [tenants.ids["document_id"]], "namespace": FOREIGN},
        {"filter": {"field": "id", "op": "ne", "value": "x"}, "namespace": FOREIGN},
    ]
    answer = tenants.client.post("/search/batch", headers=tenants.b, json={"searches": searches})
    assert answer.status_code == 200, answer.text
    told = answer.json()["answers"]
    foreign, own, nowhere, *others = told
    assert [one["status"] for one in (foreign, nowhere, *others)] == [403] * 4
    words = [one["error"]["message"].partition(": ")[2] for one in (foreign, nowhere)]
    assert words[0].replace(FOREIGN, NOWHERE).replace("searches.0", "searches.2") == words[1]
    assert own["status"] in (200, 404)
    alone = tenants.client.post("/search", headers=tenants.b, json=searches[1])
    assert alone.status_code == own["status"]
    found = [hit["id"] for one in told for hit in (one["answer"] or {"results": []})["results"]]
    assert tenants.ids["document_id"] not in found


def test_another_clients_namespace_among_ones_own_opens_nothing(tenants: Tenants) -> None:
    """Neither beside one's own nor in a batch; by the same words whether it exists or not."""
    said = []
    for name in (FOREIGN, NOWHERE):
        body = {"query": SECRET, "namespaces": [OWN, name]}
        refused = tenants.client.post("/search", headers=tenants.b, json=body)
        assert refused.status_code == 403, refused.text
        assert refused.json()["error"]["details"]["where"] == "namespaces.1"
        said.append(refused.json()["error"]["message"].replace(name, "it"))
        batch = tenants.client.post("/search/batch", headers=tenants.b, json={"searches": [body]})
        assert [one["status"] for one in batch.json()["answers"]] == [403]
        assert SECRET not in refused.text
    assert said[0] == said[1]
