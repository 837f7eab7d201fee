"""Fixtures of this folder."""

from collections.abc import Iterator

import httpx
import pytest
from assistant_samples import HOSTILE, PICTURE, KeyedService

from api.access.rate_settings import RateLimits
from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, guarded
from tests.http.live import live


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyedService]:
    """Its keys are in force."""
    folder = tmp_path_factory.mktemp("service")
    keys = Keys(folder / "keys.json")
    owner, reader = keys.make(), keys.make("reader")
    foreign = keys.make(namespaces=["other"])
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    with live(build_app(LocalBackend(folder / "index"), RequestLimits(), guard)) as url:
        documents = [
            {"id": "mug", "text": "a red mug", "metadata": {"price": 12}},
            {"id": "note", "text": f"a red note. {HOSTILE}", "metadata": {"title": HOSTILE}},
        ]
        upload = {"file": ("p.png", PICTURE)}
        with httpx.Client(base_url=url, headers=owner) as client:
            body = {"namespace": "shop", "documents": documents}
            assert client.put("/documents", json=body).status_code == 200
            form = {"namespace": "pictures", "text": "red"}
            assert client.post("/documents/upload", files=upload, data=form).status_code == 200
        yield KeyedService(url, owner, reader, foreign)
