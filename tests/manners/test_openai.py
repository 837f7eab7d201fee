"""`/v1` as clients made for OpenAI use it: what works, and what is said of what does not."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from served import b64, client_over, refused
from starlette.testclient import TestClient

from api.answers.warnings import MOST_TOLD, warnings_header
from api.app import build_app
from api.bodies.limits import RequestLimits
from deployments.settings.tunables import IngressTunables
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo
from tests.fakes import LocalBackend
from tests.towers import CONTEXT, DIMENSION, picture_file

HEADER = "x-brainwav-warnings"
GIVEN = ("query", "passage", None)
URI = f"data:image/png;base64,{b64(picture_file())}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_over(tmp_path_factory.mktemp("index")) as client:
        yield client


def embed(client: TestClient, given: object, **more: object):
    return client.post("/v1/embeddings", json={"model": "words", "input": given} | more)


def test_as_many_inputs_as_openai_takes_come_back_in_order(client: TestClient) -> None:
    """2,048 of them; each vector is the one of its text alone."""
    texts = [f"word{n}" for n in range(2048)]
    data = embed(client, texts).json()["data"]
    assert [item["index"] for item in data] == list(range(2048))
    for n in (0, 255, 256, 2047):
        [alone] = embed(client, texts[n]).json()["data"]
        assert data[n]["embedding"] == pytest.approx(alone["embedding"], abs=1e-6)
    assert refused(embed(client, [*texts, "one"]), 413, "too_many_items")["details"] == {
        "where": "input",
        "value": 2049,
    }


def test_a_large_request_is_encoded_in_parts_of_one_model(tmp_path: Path) -> None:
    """Each part has its own deadline; parts of two models would be no answer."""

    class Changing(LocalBackend):
        """Changes to another model after the first part."""

        def __init__(self, folder: Path) -> None:
            super().__init__(folder)
            self.sizes: list[int] = []

        async def encoder_info(self) -> EncoderInfo:
            return replace(await super().encoder_info(), tag="new" if self.sizes else "old")

        async def encode(self, request: EncodeRequest) -> EncodeReply:
            made_by = "new" if self.sizes else "old"
            self.sizes.append(len(request.items))
            return replace(await super().encode(request), made_by=made_by)

    backend = Changing(tmp_path)
    with TestClient(build_app(backend, RequestLimits())) as client:
        assert embed(client, ["red"] * 300).status_code == 200
    assert backend.sizes[0] == 256
    assert backend.sizes[-2:] == [256, 44], "all parts anew, by the new model"
    assert len(backend.sizes) > 3


@pytest.mark.parametrize(
    "tokens", [[1, 2, 3], [[1, 2], [3]], [[]], [[1]], [0]], ids=lambda value: json.dumps(value)
)
def test_token_ids_are_refused_with_the_setting_that_sends_texts(client, tokens) -> None:
    """They are of another tokeniser; LangChain sends them by default."""
    message = refused(embed(client, tokens), 422, "token_ids")["message"]
    assert "check_embedding_ctx_length=False" in message


def test_an_empty_list_is_told_to_be_empty(client: TestClient) -> None:
    """It may have held token ids of an empty text."""
    message = refused(embed(client, []), 422, "empty_input")["message"]
    assert "empty list" in message
    assert "check_embedding_ctx_length=False" in message


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (None, "input"),
        (True, "input"),
        ({}, "input"),
        (["a", None], "input.1"),
        ([True], "input.0"),
    ],
)
def test_what_is_no_text_is_named(client: TestClient, given: object, where: str) -> None:
    """By where it stands."""
    assert refused(embed(client, given), 422, "invalid_request")["details"]["where"] == where


@pytest.mark.parametrize(
    "text", [URI, URI.upper()[:20] + URI[20:], f"\n{URI}", "data:image/svg+xml,x"]
)
def test_a_picture_without_its_modality_is_no_text(client: TestClient, text: str) -> None:
    """As words it means nothing; each route says how a picture is sent to it."""
    told = {
        "modality: image": embed(client, [text]),
        "`image_base64`": client.post("/embed", json={"inputs": [{"text": text}]}),
        "as `image_base64`": client.put("/documents", json={"documents": [{"text": text}]}),
        "modality IMAGE": client.post(
            "/embed/multimodal",
            files={"file": ("a.txt", text.encode(), "text/plain")},
            data={"modality": "TEXT"},
        ),
    }
    for remedy, answer in told.items():
        assert remedy in refused(answer, 422, "picture_as_text")["message"]
    short = text[:3000]
    searched = client.post("/search", json={"query": short})
    assert "`image_base64`" in refused(searched, 422, "picture_as_text")["message"]


@pytest.mark.parametrize(
    "text", ["data: image/png is a media type", "see data:image/png;base64,aa"]
)
def test_words_about_data_uris_are_words(client: TestClient, text: str) -> None:
    """Only a text that is nothing else is taken for one."""
    assert embed(client, text).status_code == 200


def test_a_model_is_described_by_its_name(client: TestClient) -> None:
    """Alike in the list; one that is not served is 404 with those that are, and the setting."""
    listed = client.get("/v1/models").json()["data"]
    assert [client.get(f"/v1/models/{item['id']}").json() for item in listed] == listed
    message = refused(client.get("/v1/models/org/gpt"), 404, "model_not_found")["message"]
    assert "'org/gpt'" in message
    assert "served: colours, words" in message
    assert "`model_aliases`" in message


def test_an_alias_is_another_name_and_the_answer_tells_the_models_own(tmp_path: Path) -> None:
    """By a space, by a served name; one that leads nowhere is told so."""
    app = build_app(LocalBackend(tmp_path), RequestLimits())
    tunables = IngressTunables.model_validate(
        {"model_aliases": {"text-embedding-3-small": "text", "org/clip": "colours", "x": "gone"}}
    )
    app.set_model_aliases(tunables.model_aliases)
    with TestClient(app) as client:
        own = embed(client, "red").json()
        alias = embed(client, "red", model="text-embedding-3-small").json()
        assert alias == own
        assert alias["model"] == "words"
        assert client.get("/v1/models/org/clip").json()["root"] == "colours"
        assert [item["id"] for item in client.get("/v1/models").json()["data"]] == [
            "colours",
            "words",
            "text-embedding-3-small",
            "org/clip",
        ]
        lost = refused(embed(client, "red", model="x"), 404, "model_not_found")
        assert "leads it to 'gone'" in lost["message"]


def test_a_served_name_cannot_be_taken_by_an_alias(tmp_path: Path) -> None:
    """It would answer by another model than it says."""
    app = build_app(LocalBackend(tmp_path), RequestLimits())
    app.set_model_aliases({"words": "colours"})
    with TestClient(app) as client:
        assert client.get("/v1/models/words").json()["root"] == "words"


def test_dimensions_that_the_model_does_not_have_are_refused_in_clear_words(client) -> None:
    """Its own are taken."""
    assert embed(client, "red", dimensions=DIMENSION).status_code == 200
    error = refused(embed(client, "red", dimensions=7), 422, "wrong_dimension")
    assert f"words gives {DIMENSION} numbers and cannot be cut" in error["message"]
    refused(embed(client, "red", dimensions=0), 422, "invalid_request")


def test_what_was_ignored_or_cut_is_told_in_a_header(client: TestClient) -> None:
    """`input_type` is taken, and changes nothing in these models; long texts are cut."""
    assert HEADER not in embed(client, "red").headers
    long = "word " * (CONTEXT + 1)
    answer = embed(client, ["red", long], input_type="query")
    told = json.loads(answer.headers[HEADER])
    assert [(item["code"], item["where"]) for item in told] == [
        ("input_type_ignored", "input_type"),
        ("truncated", "input.1"),
    ]
    refused(embed(client, "red", input_type="poem"), 422, "invalid_request")


def test_a_model_that_tells_queries_apart_is_told_which_a_text_is(tmp_path: Path) -> None:
    """By `input_type`, on both routes; where it is left out the answer says what was assumed."""

    class Telling(LocalBackend):
        asked: ClassVar[list[str]] = []

        async def encoder_info(self) -> EncoderInfo:
            return replace(await super().encoder_info(), query_spaces=("text",))

        async def encode(self, request: EncodeRequest) -> EncodeReply:
            self.asked.append(request.input_type)
            return await super().encode(request)

    with TestClient(build_app(Telling(tmp_path), RequestLimits())) as client:
        answers = [embed(client, "red", model="text", input_type=which) for which in GIVEN]
        bodies = [
            client.post(
                "/embed",
                json={"inputs": [{"text": "red"}], "space": "text", "input_type": which},
            ).json()
            for which in GIVEN
        ]
    assert Telling.asked == ["query", "passage", "passage"] * 2
    assert [HEADER in answer.headers for answer in answers] == [False, False, True]
    assert "input_type_assumed" in answers[2].headers[HEADER]
    codes = [[item["code"] for item in body["warnings"]] for body in bodies]
    assert codes == [[], [], ["input_type_assumed"]]


def test_the_header_stays_short_and_counts_the_rest() -> None:
    """Proxies refuse heads of many kilobytes."""
    warnings = [
        {"code": "truncated", "message": "ü" * 80, "where": f"input.{n}"} for n in range(2048)
    ]
    value = warnings_header(warnings)["X-Brainwav-Warnings"]
    assert value.isascii()
    assert len(value) < 8192
    told = json.loads(value)
    assert told[-1]["code"] == "more_warnings"
    assert str(2048 - MOST_TOLD) in told[-1]["message"]
    assert warnings_header([]) == {}


def test_usage_counts_what_the_model_read(client: TestClient) -> None:
    """Words of texts, also of those that were cut or that are known already; pictures apart."""
    for _ in range(2):
        usage = embed(client, ["red", "red green", "w " * 50]).json()["usage"]
        assert usage == {"prompt_tokens": 3 + CONTEXT, "total_tokens": 3 + CONTEXT}
    picture = embed(client, URI, model="colours", modality="image").json()["usage"]
    assert picture == {"prompt_tokens": 0, "total_tokens": 0, "pictures": 1}
    both = {"inputs": [{"text": "red"}, {"image_base64": URI}]}
    assert client.post("/embed", json=both).json()["usage"]["pictures"] == 1


def test_a_picture_for_a_model_of_texts_is_told_the_other_model(tmp_path: Path) -> None:
    """Where the two spaces are different ones its vector would be of the wrong one."""

    class TwoSpaces(LocalBackend):
        async def encoder_info(self) -> EncoderInfo:
            return replace(await super().encoder_info(), one_space=False)

    with TestClient(build_app(TwoSpaces(tmp_path), RequestLimits())) as client:
        answer = embed(client, URI, modality="image")
        assert "name colours" in refused(answer, 422, "wrong_space")["message"]


def test_vectors_are_the_same_in_both_formats_however_many(client: TestClient) -> None:
    """Slices of an answer are put together without a seam."""
    texts = [f"word{n}" for n in range(70)]
    numbers = [item["embedding"] for item in embed(client, texts).json()["data"]]
    body = embed(client, texts, encoding_format="base64").json()["data"]
    packed = [np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in body]
    assert np.allclose(np.array(numbers), np.array(packed))
