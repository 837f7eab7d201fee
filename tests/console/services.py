"""The application in this process, over the real index and fake towers, with what is in it."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from api.access.rate_settings import RateLimits
from api.app import build_app
from api.bodies.limits import RequestLimits
from deployments.extraction.file_reader import FileReader
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, guarded
from tests.http.live import live
from tests.towers import picture_file

COLOURS = ("red", "green", "blue")


@dataclass
class Service:
    """A service that answers at ``url``; ``keys`` is None where none are in force."""

    url: str
    backend: LocalBackend
    keys: Keys | None = None
    administrator: dict[str, str] = field(default_factory=dict)

    def put(self, namespace: str, documents: list[dict[str, Any]]) -> None:
        """Write documents as an administrator."""
        body = {"namespace": namespace, "documents": documents}
        answer = httpx.put(
            f"{self.url}/documents", json=body, headers=self.administrator, timeout=60
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["failed"] == [], answer.text

    def ids(self, namespace: str) -> list[str]:
        """Name what a namespace holds."""
        answer = httpx.get(
            f"{self.url}/documents", params={"namespace": namespace}, headers=self.administrator
        )
        return [one["id"] for one in answer.json()["documents"]]


@contextmanager
def served(folder: Path, with_keys: bool = False) -> Iterator[Service]:
    """Serve an empty index of ``folder``."""
    keys = Keys(folder / "keys.json") if with_keys else None
    administrator = keys.make("administrator") if keys else {}
    backend = LocalBackend(folder / "index")
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    app = build_app(backend, RequestLimits(), guard, energy=backend.energy, reader=FileReader())
    with live(app) as url:
        yield Service(url, backend, keys, administrator)


def mugs(count: int = 12) -> list[dict[str, Any]]:
    """Documents with a picture, a text and fields."""
    return [
        {
            "id": f"mug-{index}",
            "text": f"a {COLOURS[index % 3]} mug number {index}",
            "image_base64": base64.b64encode(picture_file(COLOURS[index % 3])).decode(),
            "metadata": {"price": index * 3.5, "colour": COLOURS[index % 3]},
        }
        for index in range(count)
    ]


def key_of(header: dict[str, str]) -> str:
    """Return the key itself of a header that presents it."""
    return header["Authorization"].removeprefix("Bearer ")
