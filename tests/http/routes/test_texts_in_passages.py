"""Long texts by HTTP: found in each part, said where, and in code points."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.towers import CONTEXT

FILLER = "Nothing of any interest stands in this one. " * 12
GOLD = "The 👩\u200d🚀 astronaut Zoë drinks her café very slowly."
LONG = f"{FILLER}\n\n{GOLD}\n\n{FILLER}"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    limits = RequestLimits(max_text_characters=200, max_document_bytes=60_000)
    with TestClient(build_app(LocalBackend(tmp_path / "index"), limits)) as client:
        yield client


def put(client: TestClient, **texts: str) -> dict[str, Any]:
    """Write texts by id."""
    documents = [{"id": id, "text": text} for id, text in texts.items()]
    answer = client.put("/documents", json={"documents": documents})
    assert answer.status_code == 200, answer.text
    return answer.json()


def search(client: TestClient, query: str, **more: object) -> list[dict[str, Any]]:
    """Return the hits of a search."""
    answer = client.post("/search", json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def test_a_hit_says_which_passage_was_found(client: TestClient) -> None:
    """Its places are code points of the text, whatever the text is written with."""
    assert put(client, long=LONG, short="astronauts eat")["warnings"] == []
    [long] = [hit for hit in search(client, "astronaut café") if hit["id"] == "long"]
    passage = long["passage"]
    assert passage["text"] == LONG[passage["start"] : passage["end"]]
    assert GOLD in passage["text"]
    assert len(passage["text"].split()) <= CONTEXT
    assert passage["score"] > 0
    words = [LONG[found["start"] : found["end"]] for found in long["highlights"]]
    assert words == ["astronaut", "café"]


def test_a_text_that_is_read_at_once_is_its_own_passage(client: TestClient) -> None:
    """White space at its ends included."""
    put(client, short=" astronauts eat ")
    [hit] = search(client, "astronaut")
    assert hit["passage"]["text"] == hit["text"] == " astronauts eat "
    assert (hit["passage"]["start"], hit["passage"]["end"]) == (0, 16)
    assert hit["highlights"] == [{"start": 1, "end": 11}]
    [hit] = search(client, "astronaut", mode="keyword")
    assert hit["passage"]["score"] is None


def test_what_a_list_leaves_out_is_said(client: TestClient) -> None:
    """Of hits and of pages; the document itself and the passage are whole."""
    put(client, long=LONG, short="astronauts eat")
    for listed in (search(client, "astronaut"), client.get("/documents").json()["documents"]):
        assert {each["id"]: each["truncated"] for each in listed} == {"long": True, "short": False}
        assert {len(each["text"]) for each in listed} == {200, 14}
    whole = client.get("/documents/long").json()
    assert (whole["text"], whole["truncated"]) == (LONG, False)


def test_a_replaced_or_deleted_text_leaves_no_passage(client: TestClient) -> None:
    """Neither is found by what it said before; lists and counts are of documents."""
    put(client, long=LONG)
    assert client.get("/documents").json()["total"] == 1
    put(client, long=FILLER)
    [hit] = search(client, "astronaut", mode="semantic")
    assert "astronaut" not in hit["passage"]["text"]
    assert client.delete("/documents/long").json()["deleted"] == 1
    assert search(client, "nothing interest") == []


def test_a_text_is_bounded_by_its_bytes(client: TestClient) -> None:
    """In UTF-8; the answer names the bound."""
    documents = [{"id": "a", "text": "é" * 30_000}, {"id": "b", "text": "é" * 30_001}]
    answer = client.put("/documents", json={"documents": documents}).json()
    assert (answer["upserted"], [f["index"] for f in answer["failed"]]) == (1, [1])
    error = answer["failed"][0]["error"]
    assert error["code"] == "text_too_long"
    assert "60002 bytes in UTF-8, at most 60000" in error["message"]


def test_passages_that_the_model_cannot_read_are_said(client: TestClient) -> None:
    """The others are found by meaning, these by their words."""
    foreign = "Это на другом языке. " * 12
    [warning] = put(client, mixed=f"{FILLER}\n\n{foreign}")["warnings"]
    assert (warning["code"], warning["where"]) == ("unreadable_by_model", "documents.0.text")
    assert "passages are found by their words only" in warning["message"]
    assert [hit["id"] for hit in search(client, "другом")] == ["mixed"]


def test_a_query_that_is_cut_is_said(client: TestClient) -> None:
    """Its words are all searched, its meaning is that of its beginning."""
    put(client, short="astronauts eat")
    query = "astronaut " * (CONTEXT + 1)
    answer = client.post("/search", json={"query": query}).json()
    assert [warning["code"] for warning in answer["warnings"]] == ["truncated"]


def test_found_by_words_alone_a_hit_shows_the_passage_with_most_of_them(client: TestClient) -> None:
    """Nobody compared its meaning: it has no score."""
    put(client, long=LONG)
    [hit] = search(client, "astronaut drinks interest", mode="keyword")
    assert "astronaut Zoë drinks" in hit["passage"]["text"]
    assert hit["passage"]["score"] is None
    words = [LONG[found["start"] : found["end"]] for found in hit["highlights"]]
    assert words == ["astronaut", "drinks"]


def test_metadata_that_would_be_kept_too_often_is_refused_alone(client: TestClient) -> None:
    """Filters read it beside each passage; the other documents are written."""
    text = "\n\n".join(f"Part {n} of this text is here." for n in range(1200))
    documents = [
        {"id": "a", "text": text, "metadata": {"about": "x" * 60_000}},
        {"id": "b", "text": text, "metadata": {"about": "x" * 1000}},
    ]
    answer = client.put("/documents", json={"documents": documents}).json()
    assert (answer["upserted"], [f["index"] for f in answer["failed"]]) == (1, [0])
    error = answer["failed"][0]["error"]
    assert error["code"] == "invalid_metadata"
    assert "passages" in error["message"]
