"""Stored pictures, as the console reads them: kept by their reader, shown to nobody else."""

import base64
from collections.abc import Callable

import httpx
import pytest

from tests.console.services import Service
from tests.towers import picture_file

DATA = picture_file()


@pytest.fixture(scope="module")
def tenants(serve: Callable[..., Service]) -> tuple[Service, dict[str, str]]:
    """A service, and a key of another tenant: issued first, since key files are read at times."""
    locked = serve(with_keys=True)
    assert locked.keys is not None
    other = locked.keys.make("client", ["theirs"])
    locked.put("mine", [{"id": "p", "image_base64": base64.b64encode(DATA).decode()}])
    return locked, other


@pytest.fixture
def locked(tenants: tuple[Service, dict[str, str]]) -> Service:
    return tenants[0]


def asked(locked: Service, key: dict[str, str], **headers: str) -> httpx.Response:
    where = f"{locked.url}/documents/p/image?namespace=mine"
    return httpx.get(
        where, headers=key | {name.replace("_", "-"): headers[name] for name in headers}
    )


def test_a_picture_is_harmless_as_a_page_of_its_own(locked: Service) -> None:
    """The decoded format's type, and neither guesses nor scripts."""
    answer = asked(locked, locked.administrator)
    assert answer.content == DATA
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_it_is_kept_by_its_reader_and_asked_for_anew(locked: Service) -> None:
    """304 by its tag, with the fields that say how long and for whom."""
    tag = asked(locked, locked.administrator).headers["etag"]
    again = asked(locked, locked.administrator, if_none_match=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "private, no-cache"
    assert again.headers["vary"] == "Authorization, X-API-Key"
    assert again.headers["etag"] == tag


def test_a_tag_opens_nothing(tenants: tuple[Service, dict[str, str]]) -> None:
    """Without the right to the picture it is refused as ever, whatever one knows of it."""
    locked, other = tenants
    tag = asked(locked, locked.administrator).headers["etag"]
    assert asked(locked, {}, if_none_match=tag).status_code == 401
    assert asked(locked, other, if_none_match=tag).status_code == 403
    assert asked(locked, other, if_none_match="*").status_code == 403


def test_another_picture_has_another_tag(locked: Service) -> None:
    """A reader never sees the old one."""
    tag = asked(locked, locked.administrator).headers["etag"]
    changed = base64.b64encode(picture_file("blue")).decode()
    locked.put("mine", [{"id": "p", "image_base64": changed}])
    try:
        assert asked(locked, locked.administrator, if_none_match=tag).status_code == 200
    finally:
        locked.put("mine", [{"id": "p", "image_base64": base64.b64encode(DATA).decode()}])
