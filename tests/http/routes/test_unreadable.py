"""Texts that the model cannot read, or that nobody can: stored and said, or refused."""

import json

import pytest
from starlette.testclient import TestClient

from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import picture_file

CHINESE = "东京塔 夜景"
UNSEEN = "\u200b\u2060"


@pytest.fixture(scope="module")
def library(client: TestClient) -> str:
    """A namespace of English and Chinese texts."""
    documents = [
        {"id": "english", "text": "a red mug"},
        {"id": "chinese", "text": CHINESE},
        {"id": "other", "text": "熊猫 公园"},
    ]
    answer = put(client, "library", *documents).json()
    assert answer["upserted"] == 3
    assert [(w["code"], w["where"]) for w in answer["warnings"]] == [
        ("unreadable_by_model", "documents.1.text"),
        ("unreadable_by_model", "documents.2.text"),
    ]
    return "library"


def search(client: TestClient, **body) -> dict:
    response = client.post("/search", json={"namespace": "library"} | body)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_query_that_the_model_cannot_read_is_searched_by_words(client, library) -> None:
    """And the answer says so; no document is found by a meaning that is none."""
    answer = search(client, query="东京塔")
    assert [hit["id"] for hit in answer["results"]] == ["chinese"]
    assert answer["results"][0]["semantic_score"] is None
    [warning] = answer["warnings"]
    assert (warning["code"], warning["where"]) == ("unreadable_by_model", "query")


def test_by_meaning_alone_nothing_is_found_and_that_is_said(client, library) -> None:
    """Every unreadable text would otherwise be next to every other."""
    answer = search(client, query="熊猫", mode="semantic")
    assert answer["results"] == []
    assert [warning["code"] for warning in answer["warnings"]] == ["unreadable_by_model"]


def test_a_query_that_can_be_read_warns_of_nothing(client, library) -> None:
    """Nor does it find, by meaning, what the model could not read."""
    answer = search(client, query="a red mug", mode="semantic")
    assert [hit["id"] for hit in answer["results"]] == ["english"]
    assert answer["warnings"] == []


def test_a_picture_with_words_that_cannot_be_read_is_searched_by_the_picture(client, library):
    """The words go to the keyword search only."""
    picture = b64(picture_file("red"))
    answer = search(client, query="熊猫", image_base64=picture)
    assert [warning["code"] for warning in answer["warnings"]] == ["unreadable_by_model"]
    assert answer["results"][0]["id"] in ("english", "other")


@pytest.mark.parametrize("text", [UNSEEN, " ", "\ufe0f"])
def test_a_text_that_nobody_sees_is_empty_input(client: TestClient, text: str) -> None:
    """In a document, to embed, for OpenAI's route; as a query it is refused as well."""
    good = {"id": "good", "text": "a mug"}
    answer = put(client, "unseen", good, {"id": "bad", "text": text}).json()
    assert [failure["error"]["code"] for failure in answer["failed"]] == ["empty_input"]
    refusal(client.post("/embed", json={"inputs": [{"text": text}]}), 422, "empty_input")
    body = {"model": "words", "input": text}
    refusal(client.post("/v1/embeddings", json=body), 422, "empty_input")
    response = client.post("/search", json={"query": text})
    assert response.status_code == 422
    assert "no visible character" in response.json()["error"]["message"]


def test_embedding_what_the_model_cannot_read_warns(client: TestClient) -> None:
    """There is a vector, and it says little: in the body, in OpenAI's route in a header."""
    inputs = [{"text": "a mug"}, {"text": CHINESE}]
    answer = client.post("/embed", json={"inputs": inputs}).json()
    assert [(w["code"], w["where"]) for w in answer["warnings"]] == [
        ("unreadable_by_model", "inputs.1.text")
    ]
    response = client.post("/v1/embeddings", json={"model": "words", "input": ["mug", CHINESE]})
    [warning] = json.loads(response.headers["x-brainwav-warnings"])
    assert (warning["code"], warning["where"]) == ("unreadable_by_model", "input.1")
    response = client.post("/v1/embeddings", json={"model": "words", "input": ["mug"]})
    assert "x-brainwav-warnings" not in response.headers
    files = {"file": ("a.txt", CHINESE.encode(), "text/plain")}
    single = client.post("/embed/multimodal", files=files, data={"modality": "TEXT"}).json()
    assert [warning["where"] for warning in single["warnings"]] == ["file"]
