"""Fixtures of this folder."""

from pathlib import Path

import pytest

from api.access.rate_settings import RateLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, Keys, client_of, guarded
from tests.http.tenants.isolation_samples import FOREIGN, OWN, SECRET, Tenants
from tests.http.tenants.place_samples import Place
from tests.towers import picture_file


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tenants")
    keys = Keys(folder / "keys.json")
    a, b = keys.make(namespaces=[FOREIGN]), keys.make(namespaces=[OWN])
    guard = guarded(RateLimits(enabled=False), Clock(), keys)
    with client_of(LocalBackend(folder / "index"), guard) as client:
        upload = client.post(
            "/documents/upload",
            headers=a,
            files={"file": ("secret.png", picture_file(), "image/png")},
            data={"namespace": FOREIGN, "text": f"red {SECRET}"},
        )
        assert upload.status_code == 200, upload.text
        goal = {"goal": f"red {SECRET}", "namespace": FOREIGN, "stream": True}
        stream = client.post("/agents/plan", headers=a, json=goal).text
        run_id = stream.split("id: ", 1)[1].split(":", 1)[0]
        assert SECRET in stream
        # Its work is never done: the fake works jobs off when it is told to.
        job = client.put(
            "/documents",
            headers=a | {"Prefer": "respond-async"},
            json={"namespace": FOREIGN, "documents": [{"id": "later", "text": SECRET}]},
        )
        assert job.status_code == 202, job.text
        ids = {
            "job_id": job.json()["id"],
            "document_id": upload.json()["ids"][0],
            "run_id": run_id,
            "request_id": upload.headers["x-request-id"],
            "model_id": "somebodys-model",
        }
        own = {"namespace": OWN, "documents": [{"id": "own", "text": "blue"}]}
        assert client.put("/documents", headers=b, json=own).status_code == 200
        yield Tenants(client, a, b, ids)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
