"""`/embed`, `/embed/multimodal` and OpenAI's `/v1`, over the real application."""

import base64
import struct

import httpx
import openai
import pytest
from starlette.testclient import TestClient

from deployments.batching.batch import QueueFull
from tests.fakes import LocalBackend
from tests.http.routes.route_samples import b64, refusal
from tests.towers import DIMENSION, picture_file


def test_a_full_embedding_queue_is_said_to_be_one(
    client: TestClient, backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with when to come back, by every route that embeds; never a 500."""
    picture = b64(picture_file())
    client.post("/embed", json={"inputs": [{"text": "red"}]})

    async def full(*args, **kwargs):
        raise QueueFull("2048 items wait and 1 came, at most 2048")

    assert backend.encoding is not None
    monkeypatch.setattr(backend.encoding.batcher, "submit", full)
    files = {"file": ("p.png", picture_file(), "image/png")}
    both = [{"text": "red"}, {"image_base64": picture}]
    for answer in (
        client.post("/embed", json={"inputs": both}),
        client.post("/embed/multimodal", files=files, data={"modality": "IMAGE"}),
        client.post("/v1/embeddings", json={"model": "colours", "input": ["red", "blue"]}),
        client.put("/documents", json={"documents": both}),
        client.post("/documents/upload", files=files),
        client.post("/search", json={"query": "red", "image_base64": picture}),
    ):
        refusal(answer, 503, "overloaded")
        assert answer.headers["retry-after"] == "1"


def test_embed_takes_texts_and_pictures_together(client: TestClient) -> None:
    """Vectors come in the order of the inputs, with usage."""
    body = {"inputs": [{"text": "red"}, {"image_base64": b64(picture_file("red"))}]}
    answer = client.post("/embed", json=body).json()
    assert answer["embeddings"][0] == pytest.approx(answer["embeddings"][1], abs=1e-6)
    assert answer["dimension"] == DIMENSION
    assert answer["errors"] == []
    assert answer["usage"] == {"prompt_tokens": 1, "total_tokens": 1, "pictures": 1}


def test_an_item_that_fails_carries_its_own_error(client: TestClient) -> None:
    """Its neighbours keep their vectors."""
    inputs = [
        {"text": "red"},
        {"image_base64": "!!"},
        {"image_base64": b64(b"GIF89a")},
        {"text": " "},
    ]
    answer = client.post("/embed", json={"inputs": inputs}).json()
    assert [vector is None for vector in answer["embeddings"]] == [False, True, True, True]
    codes = [(error["index"], error["code"]) for error in answer["errors"]]
    assert codes[0] == (1, "invalid_base64")
    assert codes[2] == (3, "empty_input")


def test_a_request_without_any_good_item_is_refused(client: TestClient) -> None:
    """Nothing to return is no success."""
    response = client.post("/embed", json={"inputs": [{"image_base64": b64(b"<html>")}]})
    assert refusal(response, 415, "unsupported_file_type")["where"] == "inputs.0.image_base64"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"inputs": []}, "inputs"),
        ({"inputs": [{"text": "a", "image_base64": "b"}]}, "inputs.0"),
        ({"inputs": [{"txt": "a"}]}, "inputs.0.txt"),
        ({"inputs": [{"text": 5}]}, "inputs.0.text"),
        ({"inputs": [{"text": "a"}], "normalise": True}, "normalise"),
        ({}, "inputs"),
    ],
)
def test_a_malformed_embed_request_names_the_place(client: TestClient, body, where: str) -> None:
    """422 with the path to the offending value."""
    details = refusal(client.post("/embed", json=body), 422, "invalid_request")
    assert where in [error["where"] for error in details["errors"]]


def test_an_oversize_batch_is_refused(client: TestClient) -> None:
    """413 that names the count and the cap."""
    response = client.post("/embed", json={"inputs": [{"text": "a"}] * 9})
    assert refusal(response, 413, "too_many_items") == {"where": "inputs", "value": 9}


def test_an_oversize_body_is_refused_while_it_is_read(client: TestClient) -> None:
    """With a declared length and without one."""
    refusal(client.post("/embed", content=b"x" * 400_000), 413, "body_too_large")
    chunks = iter([b"x" * 100_000] * 4)
    headers = {"content-type": "application/json"}
    refusal(client.post("/embed", content=chunks, headers=headers), 413, "body_too_large")


def test_broken_json_is_refused(client: TestClient) -> None:
    """Half a document is no request."""
    headers = {"content-type": "application/json"}
    refusal(client.post("/embed", content=b'{"inputs": [', headers=headers), 422, "invalid_request")


def test_multimodal_embeds_a_picture_and_a_text(client: TestClient) -> None:
    """The contract's fields, and energy that says it is not metered."""
    files = {"file": ("anything.txt", picture_file("blue"), "text/plain")}
    answer = client.post("/embed/multimodal", files=files, data={"modality": "image"}).json()
    assert answer["modality"] == "IMAGE"
    assert answer["mime_type"] == "image/png"
    assert answer["size"] == len(picture_file("blue"))
    assert answer["energy"] is None
    files = {"file": ("a.png", b"some words", "image/png")}
    answer = client.post("/embed/multimodal", files=files, data={"modality": "Text"}).json()
    assert answer["modality"] == "TEXT"
    assert len(answer["embedding"]) == DIMENSION
    assert answer["truncated"] is False


def test_multimodal_says_when_a_text_was_cut(client: TestClient) -> None:
    """`truncated` and the message agree."""
    files = {"file": ("a.txt", b"word " * 40, "text/plain")}
    answer = client.post("/embed/multimodal", files=files, data={"modality": "TEXT"}).json()
    assert answer["truncated"] is True
    assert "left out" in answer["message"]


@pytest.mark.parametrize(
    ("content", "modality", "status", "code"),
    [
        (b"", "IMAGE", 422, "empty_input"),
        (b"<svg/>", "IMAGE", 415, "unsupported_file_type"),
        (picture_file("red", (300, 200))[:-40], "IMAGE", 422, "broken_image"),
        (picture_file("red", (3000, 3000)), "IMAGE", 413, "image_too_large"),
        (b"\xff\xfe\x00", "TEXT", 422, "invalid_text"),
        (b"x", "AUDIO", 422, "unsupported_modality"),
        (b"x", "SMELL", 422, "invalid_request"),
    ],
)
def test_a_bad_upload_is_refused(client, content, modality, status, code) -> None:
    """Type by content, size by header, text by encoding."""
    files = {"file": ("a.png", content, "image/png")}
    refusal(
        client.post("/embed/multimodal", files=files, data={"modality": modality}), status, code
    )


@pytest.fixture
def official(client: TestClient) -> openai.OpenAI:
    """The official client, talking to the application in this process."""

    def forward(request: httpx.Request) -> httpx.Response:
        answer = client.request(
            request.method,
            request.url.path,
            content=request.read(),
            headers={"content-type": "application/json"},
        )
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    http = httpx.Client(transport=httpx.MockTransport(forward))
    return openai.OpenAI(base_url="http://test/v1", api_key="none", http_client=http, max_retries=0)


def test_the_official_client_embeds_texts_in_both_formats(official: openai.OpenAI) -> None:
    """Base64, its default, and float give the same numbers."""
    default = official.embeddings.create(model="words", input=["red", "green"])
    floats = official.embeddings.create(model="words", input="red", encoding_format="float")
    assert default.data[0].embedding == pytest.approx(floats.data[0].embedding, abs=1e-6)
    assert [item.index for item in default.data] == [0, 1]
    assert default.usage.total_tokens == 2


def test_the_official_client_embeds_pictures(official: openai.OpenAI) -> None:
    """Pictures travel as data URIs with a modality."""
    uri = f"data:image/png;base64,{b64(picture_file('red'))}"
    extra = {"modality": "image"}
    picture = official.embeddings.create(model="colours", input=[uri], extra_body=extra)
    text = official.embeddings.create(model="colours", input="red")
    assert picture.data[0].embedding == pytest.approx(text.data[0].embedding, abs=1e-6)


def test_the_official_client_reads_our_refusals(official: openai.OpenAI) -> None:
    """Unknown model, wrong dimension, bad input: the client's own exceptions with our codes."""
    with pytest.raises(openai.NotFoundError) as unknown:
        official.embeddings.create(model="gpt", input="red")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.UnprocessableEntityError, match="dimensions is 7"):
        official.embeddings.create(model="words", input="red", dimensions=7)
    with pytest.raises(openai.UnprocessableEntityError, match=r"input\.1 is empty"):
        official.embeddings.create(model="words", input=["red", ""])


def test_the_official_client_lists_models(official: openai.OpenAI) -> None:
    """Each name stands for a space."""
    assert [model.id for model in official.models.list()] == ["colours", "words"]


def test_base64_is_little_endian_float32(client: TestClient) -> None:
    """What other clients decode by hand."""
    body = {"model": "words", "input": "red", "encoding_format": "base64"}
    data = client.post("/v1/embeddings", json=body).json()["data"][0]["embedding"]
    assert len(struct.unpack(f"<{DIMENSION}f", base64.b64decode(data))) == DIMENSION
