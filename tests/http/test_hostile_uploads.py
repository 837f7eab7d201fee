"""Files made to hurt: each a clear 4xx, the service answering throughout."""

import base64
import json
import resource
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.app import build_app
from api.bodies.limits import RequestLimits
from deployments.extraction.file_reader import FileReader
from retrieval.clip.pictures.metadata import without_metadata
from tests.fakes import LocalBackend
from tests.http.hostile import chunk, hostile_files, laborious_but_good, moving_files, png
from tests.towers import picture_file

HOSTILE = dict(hostile_files())
MOVING = dict(moving_files())
LABORIOUS = dict(laborious_but_good())
MEMORY_KIB = 200 * 1024


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    backend = LocalBackend(tmp_path_factory.mktemp("index"))
    app = build_app(backend, RequestLimits(), reader=FileReader())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_there_are_enough_of_them() -> None:
    """At least sixty different files."""
    assert len(set(HOSTILE.values())) >= 60


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_every_door(client: TestClient, name: str) -> None:
    """Uploaded, embedded, in JSON: a 4xx in the one shape, and a good picture still works."""
    data, before_kib = HOSTILE[name], peak_kib()
    files = {"file": ("innocent.png", data, "image/png")}
    encoded = base64.b64encode(data).decode()
    answers = [
        client.post("/documents/upload", files=files),
        client.post("/embed/multimodal", files=files, data={"modality": "IMAGE"}),
        client.post("/embed", json={"inputs": [{"image_base64": encoded}]}),
        client.put("/documents", json={"documents": [{"image_base64": encoded}]}),
        client.post("/search", json={"image_base64": encoded}),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500, answer.text
        error = answer.json()["error"]
        assert error["message"].startswith("brAInwav: ")
        assert "Traceback" not in answer.text
    assert peak_kib() - before_kib < MEMORY_KIB
    good = {"file": ("p.png", picture_file(), "image/png")}
    answer = client.post("/embed/multimodal", files=good, data={"modality": "IMAGE"})
    assert answer.status_code == 200


@pytest.mark.parametrize("name", LABORIOUS)
def test_what_no_decoder_needs_to_see_is_not_shown_to_it(client: TestClient, name: str) -> None:
    """A picture between thousands of profiles is a picture, stored without them."""
    files = {"file": ("p", LABORIOUS[name], "image/png")}
    answer = client.post("/embed/multimodal", files=files, data={"modality": "IMAGE"})
    assert answer.status_code == 200, answer.text
    [id] = client.post("/documents/upload", files=files).json()["ids"]
    stored = client.get(f"/documents/{id}/image").content
    assert len(stored) < len(LABORIOUS[name]) or name == "png of one line"


@pytest.mark.parametrize("name", MOVING)
def test_audio_and_video_are_named_as_such(client: TestClient, name: str) -> None:
    """By content, whatever they are called; and by the form's word for them."""
    files = {"file": ("innocent.png", MOVING[name], "image/png")}
    for answer in (
        client.post("/documents/upload", files=files),
        client.post("/embed/multimodal", files=files, data={"modality": "IMAGE"}),
        client.post("/embed/multimodal", files=files, data={"modality": "video"}),
    ):
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "unsupported_modality"


@pytest.mark.parametrize(
    "metadata",
    [
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e999}',
        '{"a": {"b": 1}}',
        '{"a": 99999999999999999999}',
        '{"a": "\\ud800"}',
        '{"__proto__ x": 1}',
        "[1]",
        "not json",
        "[" * 100_000,
        '{"a":' * 50_000,
        json.dumps({"a": "x" * 70_000}),
    ],
    ids=lambda text: text[:14],
)
def test_hostile_metadata_is_refused(client: TestClient, metadata: str) -> None:
    """Not-numbers, nesting, oversize: none reaches the store."""
    files = {"file": ("p.png", picture_file(), "image/png")}
    answer = client.post("/documents/upload", files=files, data={"metadata": metadata})
    assert 400 <= answer.status_code < 500, answer.text
    body = '{"documents": [{"text": "red", "metadata": ' + metadata + "}]}"
    headers = {"content-type": "application/json"}
    answer = client.put("/documents", content=body.encode(), headers=headers)
    assert 400 <= answer.status_code < 500, answer.text


def photograph(form: str, orientation: int) -> tuple[bytes, bytes]:
    """A picture with a place, a camera and a comment; and the picture alone."""
    pixels = np.random.default_rng(1).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[1] = "SecretPlace"
    file, bare = BytesIO(), BytesIO()
    options = {"lossless": True} if form == "WEBP" else {}
    picture.save(file, form, exif=exif, **options)
    picture.save(bare, form, **options)
    return file.getvalue(), bare.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_stored_picture_keeps_its_pixels_and_loses_its_secrets(
    client: TestClient, form: str, orientation: int
) -> None:
    """No camera, no place; the orientation alone survives, or it would lie on its side."""
    data, bare = photograph(form, orientation)
    assert b"SecretCamera" in data
    files = {"file": ("p", data, "image/png")}
    [id] = client.post("/documents/upload", files=files).json()["ids"]
    stored = client.get(f"/documents/{id}/image").content
    assert b"Secret" not in stored
    again = Image.open(BytesIO(stored))
    assert again.getexif().get(0x0112, 1) == orientation
    assert set(again.getexif()) <= {0x0112}
    assert np.array_equal(np.asarray(again), np.asarray(Image.open(BytesIO(bare))))


def test_comments_texts_thumbnails_and_tails_are_left_out() -> None:
    """Every place where a format lets words hide."""
    text = chunk(b"tEXt", b"Comment\0Secret") + chunk(b"prVt", b"Secret")
    whole = picture_file()
    with_text = whole[:33] + text + whole[33:] + b"Secret tail"
    assert without_metadata(with_text) == whole
    jpeg = picture_file(form="JPEG")
    comment = b"\xff\xfe\0\x08Secret"
    assert without_metadata(jpeg[:2] + comment + jpeg[2:] + b"Secret") == jpeg
    gif = picture_file(form="GIF")
    assert without_metadata(gif[:-1] + b"!\xfe\x06Secret\0;Secret") == gif
    assert b"Secret" not in without_metadata(picture_file(form="BMP") + b"Secret")


def test_an_animation_stays_one() -> None:
    """Frames, their times and the loop are no metadata."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    for form in ("GIF", "PNG", "WEBP"):
        file = BytesIO()
        frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=70, loop=2)
        again = Image.open(BytesIO(without_metadata(file.getvalue())))
        assert again.n_frames == 3, form
        assert again.info.get("loop") == 2, form


def test_a_picture_of_one_pixel_is_no_attack(client: TestClient) -> None:
    """Small is allowed."""
    files = {"file": ("p.png", picture_file("red", (1, 1)), "image/png")}
    assert client.post("/documents/upload", files=files).status_code == 200
    assert png(1, 1)
