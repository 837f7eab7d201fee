"""Requests that come while the service changes its models: whole answers, or "try again"."""

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agents.tools.backend_toolbox import BackendToolbox, VocabularyCache
from agents.tools.port import Query
from api.app import build_app
from api.bodies.limits import RequestLimits
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo
from retrieval.errors import OtherModel
from retrieval.search.query_encoding import QueryReply, QueryRequest, encode_query
from retrieval.search.query_vectors import ATTEMPTS
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.store import Fingerprint
from tests.fakes import LocalBackend
from tests.towers import DIMENSION, picture_file

OWN = Fingerprint("words", "colours", DIMENSION, DIMENSION, "fp32", True).tag
OTHER = "other"


class ChangingBackend(LocalBackend):
    """Encodes by the models of ``by``, one call after the other, and then by its own.

    It searches an index of its own models only.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.by: Iterator[str] = iter(())
        self.searched: list[str] = []
        self.tag = OWN

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        return replace(await super().encode(request), made_by=next(self.by, self.tag))

    async def encode_query(self, request: QueryRequest) -> QueryReply:
        reply = await encode_query(request, super().encode, one_space=True)
        return replace(reply, vectors=replace(reply.vectors, made_by=next(self.by, self.tag)))

    async def encoder_info(self) -> EncoderInfo:
        return replace(await super().encoder_info(), tag=self.tag)

    async def search(self, request: SearchRequest) -> SearchResult:
        self.searched.append(request.made_by)
        if request.made_by != self.tag:
            raise OtherModel("the models are being changed; try again shortly")
        return await super().search(request)


@pytest.fixture
def backend(tmp_path: Path) -> ChangingBackend:
    return ChangingBackend(tmp_path)


@pytest.fixture
def client(backend: ChangingBackend) -> Iterator[TestClient]:
    with TestClient(build_app(backend, RequestLimits())) as client:
        yield client


RED = base64.b64encode(picture_file("red")).decode()


@pytest.mark.parametrize("by", [[OTHER], [OTHER] * 3])
def test_a_search_for_which_there_is_no_index_any_more_is_encoded_anew(
    client: TestClient, backend: ChangingBackend, by: list[str]
) -> None:
    """Both parts of it, by one replica, until it meets a model that has an index."""
    client.put("/documents", json={"documents": [{"id": "a", "text": "red"}]})
    backend.by = iter(by)
    answer = client.post("/search", json={"query": "red", "image_base64": RED})
    assert answer.status_code == 200, answer.text
    assert [hit["id"] for hit in answer.json()["results"]] == ["a"]
    assert backend.searched == [*by, OWN]


def test_a_search_that_meets_no_index_is_to_be_sent_again(
    client: TestClient, backend: ChangingBackend
) -> None:
    """503 and when."""
    backend.by = cycle([OTHER])
    answer = client.post("/search", json={"query": "red", "image_base64": RED})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "other_model")
    assert answer.headers["retry-after"] == "1"
    assert len(backend.searched) == ATTEMPTS


def test_vectors_of_the_client_count_as_the_model_whose_length_they_were_checked_by(
    client: TestClient, backend: ChangingBackend
) -> None:
    """A replica of the other model must not take them for its own."""
    client.post("/search", json={"vector": [1.0] * DIMENSION})
    assert backend.searched == [OWN]


def test_a_document_whose_parts_met_two_models_is_encoded_anew(
    client: TestClient, backend: ChangingBackend
) -> None:
    """Both parts of it."""
    backend.by = iter([OWN, OTHER])
    body = {"documents": [{"id": "a", "text": "red", "image_base64": RED}]}
    assert client.put("/documents", json=body).json()["upserted"] == 1


def test_documents_that_the_index_is_not_of_are_to_be_sent_again(
    client: TestClient, backend: ChangingBackend
) -> None:
    """Encoded before the change and written after it: nothing of them is in the index."""
    backend.tag = OTHER
    body = {"documents": [{"id": "a", "text": "red"}, {"id": "b", "text": "blue"}]}
    answer = client.put("/documents", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "other_model")
    assert client.get("/documents").json()["error"]["code"] == "unknown_namespace"
    backend.tag = OWN
    assert client.put("/documents", json=body).json()["upserted"] == 2


def test_a_plan_forgets_the_vectors_of_a_model_that_has_gone(backend: ChangingBackend) -> None:
    """Its run is longer than a change of models; the same words are encoded anew."""

    async def scenario() -> None:
        toolbox = BackendToolbox(backend, "default", VocabularyCache())
        for tag in (OWN, OWN, OTHER, OTHER):
            backend.tag = tag
            await toolbox.search(Query("semantic", "red"))

    asyncio.run(scenario())
    assert backend.searched == [OWN, OWN, OWN, OTHER, OTHER]


def test_vectors_are_given_out_under_the_name_of_the_model_that_made_them(
    client: TestClient, backend: ChangingBackend
) -> None:
    """Encoded anew where they were another's, on every route that says whose they are."""
    form = {"data": {"modality": "TEXT"}, "files": {"file": ("a.txt", b"red")}}
    for path, given in (
        ("/embed", {"json": {"inputs": [{"text": "red"}]}}),
        ("/embed/multimodal", form),
        ("/v1/embeddings", {"json": {"model": "words", "input": "red"}}),
        ("/rank", {"json": {"inputs": [{"text": "red"}], "candidates": [{"text": "blue"}]}}),
    ):
        backend.by = iter([OTHER, OTHER])
        assert client.post(path, **given).json()["model"] in ("words", "colours")
        assert next(backend.by, None) is None
        backend.by = cycle([OTHER])
        assert client.post(path, **given).json()["error"]["code"] == "other_model"
