"""Small pictures over HTTP: a list of widths, tagged, kept, refused where there are none."""

from io import BytesIO

import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.http.routes.route_samples import b64, put, refusal
from tests.towers import picture_file


def small(client: TestClient, width: object, id: str = "p", **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    params = {"namespace": "small", "width": width}
    return client.get(f"/documents/{id}/image", params=params, headers=named)


@pytest.fixture(autouse=True)
def stored(client: TestClient) -> None:
    wide = b64(picture_file("red", (300, 200)))
    put(client, "small", {"id": "p", "image_base64": wide}, {"id": "t", "text": "no picture"})


def test_each_width_is_a_picture_of_its_own(client: TestClient) -> None:
    """With headers that keep it to its reader; the one as it was stored stays as it is."""
    sizes, tags = [], set()
    for width in (64, 128, 256, 512):
        answer = small(client, width)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert {"Authorization", "X-API-Key"} <= set(answer.headers["vary"].split(", "))
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert small(client, width).content == answer.content
        sizes.append(Image.open(BytesIO(answer.content)).size)
        tags.add(answer.headers["etag"])
    assert sizes == [(64, 43), (128, 85), (256, 171), (300, 200)]
    whole = client.get("/documents/p/image", params={"namespace": "small"})
    assert len(tags | {whole.headers["etag"]}) == 5
    assert whole.content == picture_file("red", (300, 200))


def test_who_knows_it_is_told_so(client: TestClient) -> None:
    """304 by its own tag alone, and no longer when another picture is there."""
    tag = small(client, 64).headers["etag"]
    known = small(client, 64, if_none_match=tag)
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
    assert small(client, 128, if_none_match=tag).status_code == 200
    assert small(client, 64, range="bytes=0-3").status_code == 200
    put(client, "small", {"id": "p", "image_base64": b64(picture_file("blue", (300, 200)))})
    changed = small(client, 64, if_none_match=tag)
    assert changed.status_code == 200
    assert Image.open(BytesIO(changed.content)).convert("RGB").getpixel((3, 3))[2] > 240


@pytest.mark.parametrize("width", [0, 1, 65, 1024, -64, "wide", 64.5])
def test_other_widths_are_refused_with_their_place(client: TestClient, width: object) -> None:
    """Before anything is read."""
    details = refusal(small(client, width), 422, "invalid_request")
    assert details["where"] == "query.width"


def test_nothing_is_made_of_what_is_not_there(client: TestClient) -> None:
    """404, as without a width."""
    refusal(small(client, 64, "absent"), 404, "not_found")
    refusal(small(client, 64, "t"), 404, "not_found")
