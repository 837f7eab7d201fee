"""The HTTP contract over the real store and batcher, with fake towers and without Ray."""

import base64
import json
import struct
from collections.abc import Iterator

import httpx
import openai
import pytest
from starlette.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from api.errors import Overloaded
from deployments.batching.batch import QueueFull
from tests.fakes import LocalBackend
from tests.towers import DIMENSION, picture_file

LIMITS = RequestLimits(
    max_body_bytes=300_000,
    max_embed_items=8,
    max_documents=20,
    max_text_characters=2000,
    max_picture_bytes=100_000,
    max_page=50,
)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    return LocalBackend(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def client(backend: LocalBackend) -> Iterator[TestClient]:
    with TestClient(build_app(backend, LIMITS), raise_server_exceptions=False) as client:
        yield client


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def refusal(response, status: int, code: str) -> dict:
    """Check the one error shape and return its details."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"code", "message", "request_id", "details"}
    assert error["code"] == code
    assert error["message"].startswith("brAInwav: ")
    assert error["request_id"] == response.headers["x-request-id"]
    return error["details"]


# Embedding


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
    assert refusal(response, 415, "unsupported_file_type")["where"] == "inputs.0"


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


# OpenAI


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


# Documents


def put(client: TestClient, namespace: str, *documents: dict):
    return client.put("/documents", json={"namespace": namespace, "documents": list(documents)})


def test_a_document_is_written_read_listed_and_deleted(client: TestClient) -> None:
    """The whole life of a document with text, picture and metadata."""
    document = {
        "id": "mug/1".replace("/", "-"),
        "text": "a red mug",
        "image_base64": b64(picture_file("red")),
        "metadata": {"price": 12.5, "tags": ["kitchen", "gift"], "sold": False, "note": None},
        "source": "STM",
        "created_at": "2026-02-03T04:05:06+02:00",
    }
    assert put(client, "life", document).json()["upserted"] == 1
    read = client.get("/documents/mug-1", params={"namespace": "life"}).json()
    assert read["metadata"] == document["metadata"]
    assert read["modality"] == "IMAGE"
    assert read["created_at"].startswith("2026-02-03T02:05:06")
    picture = client.get(read["image_url"])
    assert picture.content == picture_file("red")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert client.get("/documents", params={"namespace": "life"}).json()["total"] == 1
    assert "life" in client.get("/namespaces").json()["namespaces"]
    assert client.delete("/documents/mug-1", params={"namespace": "life"}).json()["deleted"] == 1
    refusal(client.get("/documents/mug-1", params={"namespace": "life"}), 404, "not_found")
    refusal(client.delete("/documents/mug-1", params={"namespace": "life"}), 404, "not_found")


def test_writing_an_id_again_replaces_it(client: TestClient) -> None:
    """Upsert by id; the old words are no longer found."""
    put(client, "again", {"id": "a", "text": "apple"})
    put(client, "again", {"id": "a", "text": "banana"})
    body = {"namespace": "again", "query": "apple", "mode": "keyword"}
    assert client.post("/search", json=body).json()["results"] == []
    assert client.get("/documents", params={"namespace": "again"}).json()["total"] == 1


def test_rotten_documents_are_listed_and_the_rest_is_written(client: TestClient) -> None:
    """Each failure names its place; nothing else is lost."""
    answer = put(
        client,
        "rotten",
        {"id": "good", "text": "fine"},
        {"id": "../../etc", "text": "path"},
        {"id": "empty"},
        {"id": "picture", "image_base64": b64(b"not a picture at all")},
        {"id": "nested", "text": "x", "metadata": {"a": {"b": 1}}},
        {"id": "typo", "text": "x", "metdata": {}},
        {"id": "base64", "image_base64": "%%%"},
        "no object",
        {"id": "also-good", "text": "fine too"},
    ).json()
    assert answer["upserted"] == 2
    assert answer["ids"] == ["good", *[None] * 7, "also-good"]
    codes = {failure["index"]: failure["error"]["code"] for failure in answer["failed"]}
    assert codes == {
        1: "invalid_document_id",
        2: "empty_input",
        3: "unsupported_file_type",
        4: codes[4],
        5: "invalid_request",
        6: "invalid_base64",
        7: "invalid_request",
    }
    assert "metdata" in answer["failed"][4]["error"]["message"]


@pytest.mark.parametrize("namespace", ["", "../x", "UPPER", "a" * 64, "a b", "ü"])
def test_a_namespace_is_a_plain_name(client: TestClient, namespace: str) -> None:
    """No path tricks, on any route."""
    refusal(put(client, namespace, {"text": "x"}), 422, "invalid_namespace")
    response = client.get("/documents", params={"namespace": namespace})
    refusal(response, 422, "invalid_namespace")
    response = client.post("/search", json={"query": "x", "namespace": namespace})
    refusal(response, 422, "invalid_namespace")


def test_uploads_become_documents_by_their_content(client: TestClient) -> None:
    """A picture and a text in one request; the declared type of the picture is a lie."""
    files = [
        ("file", ("a.bin", picture_file("green"), "application/octet-stream")),
        ("file", ("b.txt", b"three green words", "text/plain")),
        ("file", ("c.png", b"<html>", "image/png")),
    ]
    data = {"namespace": "uploads", "metadata": json.dumps({"batch": 7})}
    answer = client.post("/documents/upload", files=files, data=data).json()
    assert answer["upserted"] == 2
    assert answer["failed"][0]["index"] == 2
    listed = client.get("/documents", params={"namespace": "uploads"}).json()["documents"]
    assert {document["modality"] for document in listed} == {"IMAGE", "TEXT"}
    assert all(document["metadata"]["batch"] == 7 for document in listed)


def test_upload_metadata_must_be_a_json_object(client: TestClient) -> None:
    """A list or half a document is refused by name."""
    files = [("file", ("b.txt", b"words", "text/plain"))]
    for metadata in ("[1]", "{"):
        data = {"metadata": metadata}
        response = client.post("/documents/upload", files=files, data=data)
        assert refusal(response, 422, "invalid_request")["where"] == "metadata"


# Search


@pytest.fixture(scope="module")
def shop(client: TestClient) -> str:
    """A namespace with texts and pictures."""
    colours = ("red", "green", "blue")
    documents = [
        {
            "id": f"{colour}-{n}",
            "text": f"{colour} thing number{n}",
            "metadata": {"price": 10 * n, "colour": colour},
        }
        for colour in colours
        for n in range(4)
    ]
    documents += [
        {"id": f"picture-{colour}", "image_base64": b64(picture_file(colour))} for colour in colours
    ]
    assert put(client, "shop", *documents).json()["failed"] == []
    return "shop"


def search(client: TestClient, **body) -> dict:
    response = client.post("/search", json={"namespace": "shop"} | body)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_write_is_seen_by_the_search_that_follows(client: TestClient) -> None:
    """Acknowledged means visible."""
    for n in range(5):
        put(client, "fresh", {"id": f"d{n}", "text": f"unique{n} words"})
        body = {"namespace": "fresh", "query": f"unique{n}", "mode": "keyword"}
        assert [hit["id"] for hit in client.post("/search", json=body).json()["results"]] == [
            f"d{n}"
        ]


def test_texts_and_pictures_are_found_by_one_text(client: TestClient, shop: str) -> None:
    """Both modalities are among the first results, each naming its picture's address."""
    results = search(client, query="green", mode="semantic")["results"][:5]
    assert {hit["modality"] for hit in results} == {"TEXT", "IMAGE"}
    [picture] = [hit for hit in results if hit["modality"] == "IMAGE"]
    assert picture["id"] == "picture-green"
    assert client.get(picture["image_url"]).status_code == 200


def test_a_picture_finds_its_like(client: TestClient, shop: str) -> None:
    """Search by image, alone and with a text."""
    query = b64(picture_file("blue"))
    assert search(client, image_base64=query)["results"][0]["id"] == "picture-blue"
    both = search(client, image_base64=query, query="blue number3")["results"]
    assert "blue-3" in [hit["id"] for hit in both[:3]]


def test_explain_shows_every_leg(client: TestClient, shop: str) -> None:
    """Raw and calibrated score and rank of each leg, on request only."""
    [hit] = search(client, query="red number1", limit=1, explain=True)["results"]
    assert set(hit["explain"]) == {"keyword", "text_vector"}
    assert set(hit["explain"]["keyword"]) == {"raw", "calibrated", "rank"}
    assert "explain" not in search(client, query="red", limit=1)["results"][0]


def test_filters_narrow_before_ranking(client: TestClient, shop: str) -> None:
    """A filter keeps the limit full of what matches."""
    condition = {"and": [{"field": "price", "op": "lt", "value": 20},
                         {"not": {"field": "colour", "op": "eq", "value": "red"}}]}  # fmt: skip
    found = search(client, query="red", filter=condition, limit=10)["results"]
    assert {hit["id"] for hit in found} == {"green-0", "green-1", "blue-0", "blue-1"}


@pytest.mark.parametrize("fusion", ["weighted", "rrf"])
def test_pages_neither_repeat_nor_skip(client: TestClient, shop: str, fusion: str) -> None:
    """Pages put together are the long list."""
    query = {"query": "green number2", "fusion": {"method": fusion}}
    whole = search(client, limit=50, **query)
    pages = [search(client, limit=4, offset=n, **query)["results"] for n in range(0, 50, 4)]
    assert [hit["id"] for page in pages for hit in page] == [hit["id"] for hit in whole["results"]]
    assert whole["total_candidates"] == len(whole["results"]) == 15


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ({"query": "x", "filter": {"field": "prize", "op": "lt", "value": 1}},
         "unknown_filter_field", "filter.field"),
        ({"query": "x", "filter": {"and": [{"field": "price", "op": "<", "value": 1}]}},
         "invalid_filter", "filter.and.0.op"),
        ({"vector": [1.0, 2.0]}, "wrong_dimension", "vector"),
        ({"vector": [0.0] * DIMENSION}, "non_finite_vector", "vector"),
        ({"image_base64": "§"}, "invalid_base64", "image_base64"),
    ],
)  # fmt: skip
def test_a_bad_search_names_the_place(client, shop, body, code: str, where: str) -> None:
    """422 with the code and the path of the offending value."""
    response = client.post("/search", json={"namespace": "shop"} | body)
    assert refusal(response, 422, code)["where"] == where


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"query": "x", "fusion": {"semantic_weight": 0.9}}, "sum to 1.3, not 1"),
        ({"query": "  "}, "query is empty"),
        ({}, "give a query"),
        ({"query": "x", "mode": "fuzzy"}, "mode"),
        ({"query": "x", "limit": 0}, "limit"),
        ({"query": "x", "limit": 51}, "at most 50"),
        ({"query": "x", "offset": -1}, "offset"),
        ({"query": "x", "recency_half_life_s": 0}, "recency_half_life_s"),
        ({"query": "x", "nearest": True}, "nearest"),
        ({"mode": "keyword", "image_base64": "aaaa"}, "needs a query"),
    ],
)
def test_a_malformed_search_says_why(client, shop, body, words: str) -> None:
    """The message holds the value or the field."""
    response = client.post("/search", json=body)
    refusal(response, 422, "invalid_request")
    assert words in response.json()["error"]["message"]


def test_a_body_that_is_not_json_is_told_where_it_breaks(client: TestClient) -> None:
    """The place is the body; the character is in the message."""
    json_type = {"Content-Type": "application/json"}
    answer = client.post("/embed", content=b'{"inputs": [', headers=json_type)
    details = refusal(answer, 422, "invalid_request")
    assert details["errors"] == [{"where": "body", "message": "not JSON at character 12"}]


def test_a_thousand_wrong_numbers_make_a_short_answer(client: TestClient) -> None:
    """The first problems are enough to find the mistake."""
    answer = client.post("/search", json={"vector": ["x"] * 1000})
    assert len(refusal(answer, 422, "invalid_request")["errors"]) == 20


def test_a_vector_that_is_not_finite_never_reaches_the_store(client: TestClient) -> None:
    """JSON has no NaN, but Python's parser takes it."""
    content = '{"vector": [NaN' + ", 1.0" * (DIMENSION - 1) + "]}"
    headers = {"content-type": "application/json"}
    refusal(client.post("/search", content=content, headers=headers), 422, "invalid_request")


def test_an_unknown_namespace_has_no_hits(client: TestClient) -> None:
    """Searching before writing is no error."""
    answer = search(client, namespace="nobody", query="x")
    assert answer["results"] == []


def test_recency_prefers_the_newer_of_equals(client: TestClient) -> None:
    """Two equal texts: the newer one comes first on request."""
    put(
        client,
        "recent",
        {"id": "a-old", "text": "same words", "created_at": "2026-01-01T00:00:00Z"},
        {"id": "b-new", "text": "same words", "created_at": "2026-03-01T00:00:00Z"},
    )
    body = {"namespace": "recent", "query": "same words"}
    assert [h["id"] for h in search(client, **body)["results"]] == ["a-old", "b-new"]
    recent = search(client, **body, prefer_recent=True)["results"]
    assert [h["id"] for h in recent] == ["b-new", "a-old"]


# The service


def test_a_request_id_is_kept_or_made(client: TestClient) -> None:
    """A well-formed one is echoed, anything else replaced."""
    kept = client.get("/health/live", headers={"X-Request-ID": "abc-1.2_3"})
    assert kept.headers["x-request-id"] == "abc-1.2_3"
    for bad in ("a b", "x" * 65, "ü"):
        made = client.get("/health/live", headers={"X-Request-ID": bad.encode()})
        assert made.headers["x-request-id"] != bad
        assert len(made.headers["x-request-id"]) == 32


def test_unknown_paths_and_methods_have_the_one_shape(client: TestClient) -> None:
    """404 and 405 look like every other error."""
    refusal(client.get("/nothing"), 404, "not_found")
    refusal(client.get("/embed"), 405, "method_not_allowed")


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u00a0", "\ue000", "\u0378"])
def test_an_id_with_a_character_that_nobody_sees_is_refused_by_its_place(
    client: TestClient, character: str
) -> None:
    """Its document is not written, the others of its request are."""
    documents = [{"id": "seen", "text": "red"}, {"id": f"a{character}b", "text": "red"}]
    answer = client.put("/documents", json={"namespace": "unseen", "documents": documents})
    [failed] = answer.json()["failed"]
    assert failed["error"]["code"] == "invalid_document_id"
    assert failed["error"]["details"]["where"] == "documents.1.id"
    assert f"U+{ord(character):04X} at 1" in failed["error"]["message"]
    # Such an id may be there from an older release: it is looked for, not refused.
    missing = client.get(f"/documents/a{character}b", params={"namespace": "unseen"})
    assert missing.status_code == 404


def test_the_documentation_needs_no_network(client: TestClient) -> None:
    """The OpenAPI page loads its scripts from the service itself."""
    page = client.get("/docs").text
    assert "cdn" not in page
    assert client.get("/static-offline-docs/swagger-ui-bundle.js").status_code == 200
    assert "/embed/multimodal" in client.get("/openapi.json").json()["paths"]


def test_an_overloaded_graph_says_when_to_come_back(backend, client: TestClient) -> None:
    """503 with Retry-After, and readiness follows."""
    client.get("/health/ready")
    backend.failing = Overloaded("a full queue")
    try:
        response = client.post("/embed", json={"inputs": [{"text": "a"}]})
        refusal(response, 503, "overloaded")
        assert response.headers["retry-after"] == "1"
        client.app.app.state.health.forget()
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["missing"] == ["everything"]
    finally:
        backend.failing = None


def test_an_unexpected_error_tells_the_client_nothing(backend, client: TestClient) -> None:
    """500 in the one shape, with a request id and without the cause."""
    backend.failing = RuntimeError("secret path /etc/x")
    try:
        response = client.post("/embed", json={"inputs": [{"text": "a"}]})
        refusal(response, 500, "internal_error")
        assert "secret" not in response.text
    finally:
        backend.failing = None
