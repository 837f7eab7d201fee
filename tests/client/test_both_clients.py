"""`Client` and `AsyncClient` do the same, against the application itself."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from brainwav_client import AsyncClient, Client, Document, Field
from brainwav_client.errors import (
    InvalidDocument,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    TypeMismatch,
    UnknownNamespace,
)
from tests.towers import picture_file


def methods(kind: type) -> dict[str, str]:
    """Return public methods with their parameters."""
    return {
        name: str(inspect.signature(method).replace(return_annotation=inspect.Signature.empty))
        for name, method in inspect.getmembers(kind, callable)
        if name[0] != "_" and name not in ("close", "aclose", "run", "read")
    }


def test_both_clients_offer_the_same() -> None:
    """By name and by parameter, with words for each."""
    assert len(methods(Client)) > 15
    assert methods(Client) == methods(AsyncClient)
    assert all(getattr(Client, name).__doc__ for name in methods(Client))


def test_a_search_is_typed_and_says_what_it_cost(client: Any) -> None:
    """Hits in their class, the head's figures beside them."""
    found = client.search("a red mug", namespace="shop", limit=2, explain=True)
    assert next(iter(found)).id == "mug"
    assert len(found) == 2
    assert found.results[0].metadata == {"price": 12.5, "colour": "red"}
    assert found.results[0].created_at.tzinfo is not None
    assert found.told.request_id
    assert found.told.energy_j is not None


def test_a_document_is_changed_while_it_is_what_was_read(client: Any) -> None:
    """Its etag goes from the reading to the change, and from one change to the next."""
    client.put([Document("a hat", id="h", metadata={"price": 3, "old": 1})], namespace="changed")
    read = client.get("h", namespace="changed")
    first = client.patch("h", {"price": 2, "old": None}, namespace="changed", etag=read.etag)
    assert first.metadata == {"price": 2}
    with pytest.raises(PreconditionFailed):
        client.patch("h", {"price": 1}, namespace="changed", etag=read.etag)
    second = client.patch("h", {"price": 1}, namespace="changed", etag=first.etag)
    assert client.get("h", namespace="changed").etag == second.etag


def test_what_a_filter_takes_is_deleted_when_that_is_said(client: Any) -> None:
    """A dry run is the default; everything needs a word of its own."""
    hats = [Document("a hat", id=f"h{at}", metadata={"price": at}) for at in range(4)]
    client.put(hats, namespace="matched")
    cheap = Field("price") < 2
    tried = client.delete_matching(cheap, namespace="matched")
    assert (tried.matched, tried.deleted, tried.sample_ids) == (2, 0, ("h0", "h1"))
    assert client.delete_matching(cheap, namespace="matched", dry_run=False).deleted == 2
    with pytest.raises(InvalidRequest):
        client.delete_matching(namespace="matched", dry_run=False)
    assert client.delete_matching(namespace="matched", all=True).matched == 2
    drawn = client.namespace_map("matched", limit=1)
    assert (drawn.documents, len(drawn.points)) == (2, 1)
    assert client.delete_namespace("matched").deleted == 2
    with pytest.raises(UnknownNamespace):
        client.delete_namespace("matched")


def test_filters_are_comparisons(client: Any) -> None:
    """Combined as the service combines them."""
    red = Field("colour") == "red"
    ids = {hit.id for hit in client.search("red", namespace="shop", filter=red)}
    assert ids == {"mug", "lamp 1?%"}
    cheap = red & (Field("price") < 20) & Field("price").exists()
    assert [hit.id for hit in client.search("red", namespace="shop", filter=cheap)] == ["mug"]
    other = client.search("red", namespace="shop", filter=~red | Field("price").among(12.5))
    assert {hit.id for hit in other} == {"mug", "chair"}


def test_what_a_filter_takes_is_listed_in_order(client: Any) -> None:
    """By fields, the largest first after a minus; with the metadata that were asked for."""
    red = Field("colour") == "red"
    up = client.search(namespace="shop", filter=red, sort="price", fields=["price"])
    down = client.search(namespace="shop", filter=red, sort=["-price", {"field": "id"}])
    assert [hit.id for hit in up] == [hit.id for hit in down][::-1]
    assert [set(hit.metadata) for hit in up] == [{"price"}] * 2
    best = client.search("red", namespace="shop", mode="keyword", min_score=1)
    assert {hit.score for hit in best} == {1.0}


def test_what_is_like_a_document_is_found_without_it(client: Any) -> None:
    """The nearest first, and farther from what it shall not be like."""
    near = client.search(namespace="shop", like=["mug"])
    assert "mug" not in {hit.id for hit in near}
    away = client.search(namespace="shop", like=["mug"], unlike=["chair"])
    assert [hit.id for hit in away] == ["lamp 1?%"]


def test_the_first_of_each_group_are_left(client: Any) -> None:
    """By a field's name alone: one of each."""
    found = client.search(namespace="shop", sort="-price", group_by="colour")
    assert [hit.id for hit in found] == ["chair", "lamp 1?%"]
    two = {"field": "colour", "limit": 2}
    assert len(client.search(namespace="shop", sort="price", group_by=two)) == 3


def test_facets_are_counted_by_field(client: Any) -> None:
    """By a field's name alone, or with all that the service takes."""
    dear = {"field": "price", "ranges": [{"from": 20}]}
    colours, prices = client.search(namespace="shop", facets=["colour", dear]).facets
    assert colours.counts == {"red": 2, "blue": 1}
    assert prices.ranges[0].count == 2
    assert prices.statistics.max == 80


def test_a_vector_that_was_embedded_finds_its_text(client: Any) -> None:
    """Texts and pictures together, in their order."""
    made = client.embed(["a blue chair", "a red mug"])
    assert len(made) == 2
    found = client.search(vector=made.embeddings[0], namespace="shop", limit=1)
    assert found.results[0].id == "chair"


def test_a_document_is_read_and_deleted_by_any_id(client: Any) -> None:
    """Also one that a path would be cut at."""
    assert client.get("lamp 1?%", namespace="shop").text == "a red lamp"
    wrote = client.put([Document("a hat", id="a hat?")], namespace="hats")
    assert wrote.ids == ("a hat?",)
    assert client.delete("a hat?", namespace="hats").deleted == 1
    with pytest.raises(NotFound) as refused:
        client.get("a hat?", namespace="hats")
    assert (refused.value.status, refused.value.code) == (404, "not_found")
    assert refused.value.request_id


def test_an_id_of_dots_leads_to_no_other_route(client: Any) -> None:
    """A path with steps upwards would be another path."""
    for id in (".", ".."):
        with pytest.raises(InvalidDocument) as refused:
            client.get(id, namespace="shop")
        assert refused.value.code == "invalid_document_id"


def test_pictures_are_written_from_whatever_one_has(client: Any, picture: Path) -> None:
    """A path, bytes, Pillow and numpy give the same pixels."""
    with Image.open(picture) as image:
        kinds = [picture, picture.read_bytes(), image.copy(), np.asarray(image)]
    documents = [Document(id=f"p{n}", picture=kind) for n, kind in enumerate(kinds)]
    assert client.put(documents, namespace="pictures").upserted == 4
    wrote = client.upload([*kinds, ("named.png", picture)], namespace="pictures", text="red")
    assert (wrote.upserted, wrote.failed) == (5, ())
    stored = client.picture("p0", namespace="pictures")
    assert (stored.content, stored.mime_type) == (picture.read_bytes(), "image/png")
    made = client.embed(["red", *kinds])
    assert made.usage.pictures == 4
    assert len(set(made.embeddings[1:])) == 1
    found = client.search(picture=picture, namespace="pictures", limit=9)
    assert {hit.modality for hit in found} == {"IMAGE"}


def test_a_plan_is_carried_out_and_reflected_on(client: Any) -> None:
    """What comes out of one goes into the other."""
    plan = client.plan("a red mug under 20", namespace="shop", budget={"max_nodes": 8})
    assert plan.results[0]["id"] == "mug"
    assert plan.told.request_id
    judged = client.reflect("a red mug under 20", plan=plan, namespace="shop")
    assert 0 <= judged.quality_score <= 1


def test_lists_and_figures_are_read(client: Any) -> None:
    """Also of routes that have no method here."""
    assert "shop" in client.namespaces().namespaces
    page = client.documents(namespace="shop", limit=2)
    assert (len(page.documents), page.total) == (2, 3)
    assert client.health().status == "healthy"
    assert client.call("GET", "/v1/models")["object"] == "list"


def test_answers_become_tables(client: Any) -> None:
    """A row a hit, a column a field; none at all keeps the columns."""
    table = client.search("red", namespace="shop", mode="keyword").to_pandas()
    assert set(table["id"]) == {"mug", "lamp 1?%"}
    assert set(table["metadata.price"]) == {12.5, 30}
    none = client.search("zebra", namespace="shop", mode="keyword").to_pandas()
    assert len(none) == 0
    assert "score" in none.columns
    assert len(client.documents(namespace="shop").to_pandas()) == 3


def test_refusals_are_classes(client: Any) -> None:
    """That say what a caller needs to mend them."""
    with pytest.raises(UnknownNamespace) as unknown:
        client.search("red", namespace="shpo")
    assert unknown.value.near == ("shop",)
    with pytest.raises(TypeMismatch):
        client.search("red", namespace="shop", filter=Field("price") > "cheap")
    with pytest.raises(InvalidRequest) as empty:
        client.search(" ", namespace="shop")
    assert "query" in str(empty.value)
    with pytest.raises(InvalidDocument):
        client.put([{"id": "x", "text": "x", "metadata": {"a": {"b": 1}}}], namespace="shop")
    with pytest.raises(InvalidRequest, match="limt"):
        client.search("red", namespace="shop", more={"limt": 3})


def test_a_list_is_no_text(client: Any) -> None:
    """A text is a list of letters to Python; nobody means that."""
    with pytest.raises(TypeError, match="write"):
        client.embed("a red mug")


def test_a_query_is_completed_while_it_is_typed(client: Any) -> None:
    """From what the namespace holds."""
    client.put([Document("a telescopic ladder", id="t")], namespace="typed")
    [found] = client.suggest("a tele", namespace="typed")
    assert (found.text, found.kind, found.documents) == ("a telescopic", "word", 1)


def test_several_searches_are_made_in_one_request(client: Any) -> None:
    """One that is refused fails alone, in its place."""
    client.put([Document("a red kettle", id="k")], namespace="several")
    searches = [
        {"query": "kettle", "namespace": "several", "filter": Field("modality") == "TEXT"},
        {"query": " ", "namespace": "several"},
    ]
    found, refused = client.search_batch(searches)
    assert [hit.id for hit in found.answer.results] == ["k"]
    assert (refused.status, refused.error.code) == (422, "invalid_request")
    assert refused.error.details["where"].startswith("searches.1")


def test_parts_of_a_query_have_weights_and_results_differ(client: Any) -> None:
    """A part may be a picture, as a query may; `diversity` reaches the service."""
    client.put([Document(f"a {word} mug", id=word) for word in ("red", "blue")], namespace="parts")
    parts = [{"text": "mug"}, {"picture": picture_file("red"), "weight": 2.0}]
    found = client.search(queries=parts, namespace="parts", mode="semantic", diversity=0.2)
    assert [hit.id for hit in found] == ["red", "blue"]
    with pytest.raises(InvalidRequest, match="diversity"):
        client.search("mug", namespace="parts", diversity=2.0)


def test_several_namespaces_are_one_list(client: Any) -> None:
    """Each hit says where it lies; one of them is told by name where it is not there."""
    for name in ("several-x", "several-y"):
        client.put([Document("a red mug", id="same")], namespace=name)
    found = client.search("red mug", namespaces=["several-x", "several-y"])
    there = [(hit.namespace, hit.id) for hit in found]
    assert there == [("several-x", "same"), ("several-y", "same")]
    assert set(found.index_versions) == {"several-x", "several-y"}
    with pytest.raises(UnknownNamespace, match="several-z"):
        client.search("red", namespaces=["several-x", "several-z"])


def test_a_namespace_is_searched_by_its_settings(client: Any) -> None:
    """Set while they are what was read; what they did is in the answer."""
    client.put([Document("a red sofa", id="sofa"), Document("a lamp", id="lamp")], namespace="set")
    before = client.namespace_settings("set")
    client.set_namespace_settings(
        "set", synonyms=[["sofa", "couch"]], pins={"gift": ["lamp"]}, etag=before.etag
    )
    found = client.search("couch", namespace="set", mode="keyword")
    assert [hit.id for hit in found] == ["sofa"]
    assert found.settings_applied is not None
    assert list(found.settings_applied.synonyms.values()) == [("sofa",)]
    [first] = client.search("gift", namespace="set", mode="keyword")
    assert (first.id, first.pinned) == ("lamp", True)
    with pytest.raises(PreconditionFailed):
        client.set_namespace_settings("set", etag=before.etag)
    assert client.namespace_settings("set").pins[0].ids == ("lamp",)
    client.set_namespace_settings("set")
