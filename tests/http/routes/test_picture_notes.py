"""What of a picture was cut, ignored or guessed is said wherever a picture may be sent."""

import json
from io import BytesIO

import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.http.routes.route_samples import b64, put
from tests.towers import picture_file

CODE = "decoded_in_part"


@pytest.fixture(scope="module")
def cut() -> bytes:
    """A JPEG without its last bytes."""
    return picture_file("red", (64, 64), "JPEG")[:-2]


def _told(answer: dict) -> list[tuple[str, str]]:
    return [(warning["code"], warning["where"]) for warning in answer["warnings"]]


def test_embedding_a_cut_picture_warns(client: TestClient, cut: bytes) -> None:
    """In the body, in OpenAI's route in a header; a whole one warns of nothing."""
    inputs = [{"image_base64": b64(picture_file())}, {"image_base64": b64(cut)}]
    answer = client.post("/embed", json={"inputs": inputs}).json()
    assert _told(answer) == [(CODE, "inputs.1.image_base64")]
    form = {"files": {"file": ("a.jpg", cut, "image/jpeg")}, "data": {"modality": "IMAGE"}}
    assert _told(client.post("/embed/multimodal", **form).json()) == [(CODE, "file")]
    body = {"model": "joint", "modality": "image", "input": [f"data:image/jpeg;base64,{b64(cut)}"]}
    headers = client.post("/v1/embeddings", json=body).headers
    [warning] = json.loads(headers["x-brainwav-warnings"])
    assert (warning["code"], warning["where"]) == (CODE, "input.0")


def test_a_document_with_a_cut_picture_warns(client: TestClient, cut: bytes) -> None:
    """As JSON and as an upload; it is stored and found."""
    good = {"id": "good", "image_base64": b64(picture_file())}
    answer = put(client, "cut", good, {"id": "cut", "image_base64": b64(cut)}).json()
    assert (answer["upserted"], _told(answer)) == (2, [(CODE, "documents.1")])
    files = {"file": ("a.jpg", cut, "image/jpeg")}
    answer = client.post("/documents/upload", files=files, data={"namespace": "cut"}).json()
    assert (answer["upserted"], _told(answer)) == (1, [(CODE, "file.0")])


def test_searching_by_a_cut_picture_warns(client: TestClient, cut: bytes) -> None:
    """At the picture's place, beside words too."""
    put(client, "shelf", {"id": "mug", "text": "a red mug"})
    body = {"namespace": "shelf", "query": "mug", "image_base64": b64(cut)}
    answer = client.post("/search", json=body).json()
    assert _told(answer) == [(CODE, "image_base64")]


def test_the_same_picture_warns_again(client: TestClient, cut: bytes) -> None:
    """A vector that is remembered keeps what was said of it."""
    for _ in range(2):
        answer = client.post("/embed", json={"inputs": [{"image_base64": b64(cut)}]}).json()
        assert [code for code, _ in _told(answer)] == [CODE]


@pytest.mark.parametrize("form", ["TIFF", "JPEG2000", "ICO"])
def test_a_picture_of_an_office_or_a_browser_is_stored_and_given_back(client, form: str) -> None:
    """With a media type that says what it is."""
    data = picture_file("red", (64, 64), form)
    files = {"file": ("picture", data, "application/octet-stream")}
    [id] = client.post("/documents/upload", files=files).json()["ids"]
    answer = client.get(f"/documents/{id}/image")
    assert answer.headers["content-type"] in ("image/tiff", "image/jp2", "image/png")
    assert Image.open(BytesIO(answer.content)).convert("RGB").getpixel((5, 5)) == (255, 0, 0)
