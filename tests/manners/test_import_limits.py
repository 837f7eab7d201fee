"""A first import is let through: batches are counted in items, apart from single files."""

import base64

import pytest

from api.access.rate_settings import Limit, RateLimits
from tests.fakes import LocalBackend
from tests.http.doors import Clock, client_of, guarded
from tests.towers import picture_file


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    return LocalBackend(tmp_path_factory.mktemp("index"))


def test_a_first_import_is_not_refused(backend: LocalBackend) -> None:
    """By default a client embeds thousands of texts a minute, while single files keep sixty."""
    with client_of(backend, guarded(RateLimits(), Clock())) as client:
        texts = [f"red {n}" for n in range(2048)]
        body = {"model": "words", "input": texts, "encoding_format": "base64"}
        for _ in range(2):
            assert client.post("/v1/embeddings", json=body).status_code == 200
        inputs = [{"text": text} for text in texts[:1000]]
        left = client.post("/embed", json={"inputs": inputs}).headers["x-ratelimit-remaining"]
        assert left == str(6000 - 2 * 2048 - 1000)
        files = {"file": ("a.txt", b"red", "text/plain")}
        one = client.post("/embed/multimodal", files=files, data={"modality": "TEXT"})
        assert one.headers["x-ratelimit-limit"] == "60"
        assert one.headers["x-ratelimit-remaining"] == "59"


def test_a_picture_of_a_batch_counts_as_four(backend: LocalBackend) -> None:
    """In both shapes of batch; a single file is one request."""
    rates = RateLimits(embed_batch=Limit(limit=10))
    picture = base64.b64encode(picture_file()).decode()
    mixed = {"inputs": [{"text": "red"}, {"image_base64": picture}]}
    pictures = {"model": "colours", "modality": "image", "input": picture}
    with client_of(backend, guarded(rates, Clock())) as client:
        assert client.post("/embed", json=mixed).headers["x-ratelimit-remaining"] == "5"
        assert client.post("/v1/embeddings", json=pictures).headers["x-ratelimit-remaining"] == "1"
        assert client.post("/v1/embeddings", json=pictures).status_code == 429
