"""A service with keys, as tenants see it."""

from pathlib import Path

from api.access.rate_settings import RateLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded
from tests.towers import picture_file

PLENTY = RateLimits(enabled=False)


class Place:
    """A service with keys; a second replica of it, and a restart of its writer."""

    def __init__(self, folder: Path) -> None:
        self.keys = Keys(folder / "keys.json")
        self.index = folder / "index"
        self.administrator = self.keys.make(role="administrator")
        self.backend = LocalBackend(self.index)

    def client(self):
        return client_of(self.backend, guarded(PLENTY, Clock(), self.keys))

    def restart(self) -> None:
        self.backend = LocalBackend(self.index)


def body(*documents: dict, namespace: str = "n") -> dict:
    return {"namespace": namespace, "documents": list(documents)}


FILES = {"file": ("p.png", picture_file(), "image/png")}


def upload(client, headers: dict, text: str = "red"):
    form = {"namespace": "n", "text": text}
    return client.post("/documents/upload", headers=headers, files=FILES, data=form)
