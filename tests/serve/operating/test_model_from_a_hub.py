"""`brainwav up --model`: a model from a hub is served, and a hub that fails harms nothing."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import open_clip
import pytest
import torch
import yaml
from safetensors.torch import save_file

from deployments.checking import config
from deployments.local import cluster
from retrieval.clip.encoder import ModelSpec, build_encoder
from retrieval.clip.pictures.decode import PictureLimits
from tests.hub_server import Hub, serving
from tests.serve.conftest import PROJECT, free_port
from tests.serve.operating.running import Running
from tests.towers import picture_file

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
NAME = "hf-hub:someone/tiny"
WEIGHTS = "open_clip_model.safetensors"
TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2},
}
PICTURE = picture_file("red", (40, 30))


@dataclass(frozen=True, slots=True)
class Switch:
    """A service of the embedded model with one document, and a hub to take another from."""

    home: Path
    port: int
    hub: Hub
    next: Path
    """A configuration with an index of its own."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self, *arguments: str) -> tuple[int, list[str]]:
        """Run `up`; return its exit status and what it said."""
        running = Running(self.home, "up", *arguments)
        return running.wait(), running.lines

    def vector(self) -> list[float]:
        """Return what the service makes of the picture."""
        body = {"inputs": [{"image_base64": base64.b64encode(PICTURE).decode()}]}
        answer = httpx.post(f"{self.url}/embed", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["embeddings"][0]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny model of random weights, as open_clip publishes them."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "tiny-hub.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(folder / "tiny-hub.json")
    torch.manual_seed(7)
    state = open_clip.create_model("tiny-hub", pretrained=None).state_dict()
    save_file({name: part.contiguous() for name, part in state.items()}, folder / WEIGHTS)
    published = {"model_cfg": TINY, "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(published))
    return folder


@pytest.fixture(scope="module")
def switch(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    """The service runs by the command, in a home with a cache of its own."""
    home, port = tmp_path_factory.mktemp("a user") / "home", free_port()
    files = {name: (checkpoint / name).read_bytes() for name in (WEIGHTS, "open_clip_config.json")}
    settings = config.load(PROJECT / "serve_config.yaml")
    settings["applications"][0]["args"]["index"]["uri"] = str(home / "index-tiny")
    with serving(Hub("someone/tiny", files)) as hub, pytest.MonkeyPatch.context() as variables:
        variables.setenv("HF_ENDPOINT", hub.endpoint)
        variables.setenv("HF_HOME", str(home.parent / "cache"))
        for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE"):
            variables.delenv(name, raising=False)
        next = home.parent / "next.yaml"
        next.write_text(yaml.safe_dump(settings))
        found = Switch(home, port, hub, next)
        try:
            status, said = found.up("--port", str(port))
            assert status == 0, said
            body = {"namespace": "mine", "documents": [{"id": "1", "text": "a red mug"}]}
            assert httpx.put(f"{found.url}/documents", json=body, timeout=60).status_code == 200
            yield found
        finally:
            cluster.stop(home)


def test_the_index_of_another_model_is_recognised_before_anything_is_touched(
    switch: Switch,
) -> None:
    """Nothing is asked of the hub, and the message names the way."""
    before = switch.vector()
    status, said = switch.up("--model", NAME)
    assert status == 1
    assert "`brainwav reembed`" in said[-1], said
    assert switch.hub.ranges == []
    # Sums of floats differ in the last digits with the threads that made them.
    np.testing.assert_allclose(switch.vector(), before, atol=1e-6)


FAULTS = {
    "away": "does not answer",
    "missing": "holds none of",
    "lies": "is not what the hub says",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_hub_that_fails_ends_in_one_line_and_the_service_goes_on(
    switch: Switch, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is deployed, and the model that runs is not touched."""
    before = switch.vector()
    if fault == "away":
        monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    elif fault == "missing":
        monkeypatch.delitem(switch.hub.files, WEIGHTS)
    else:
        monkeypatch.setattr(switch.hub, "lies", True)
    status, said = switch.up("--config", str(switch.next), "--model", NAME)
    assert status == 1
    assert said[-1].startswith("brAInwav: "), said
    assert FAULTS[fault] in said[-1], said
    assert not any("deploying" in line for line in said), said
    # Sums of floats differ in the last digits with the threads that made them.
    np.testing.assert_allclose(switch.vector(), before, atol=1e-6)


def test_the_model_is_fetched_and_answers(switch: Switch, checkpoint: Path) -> None:
    """By the very weights that the hub has; what the new index lacks is said."""
    status, said = switch.up("--config", str(switch.next), "--model", NAME)
    assert status == 0, said
    assert any(f"downloading someone/tiny/{WEIGHTS}" in line for line in said), said
    assert "the new index is empty; the old one" in said[-2] + said[-1], said
    assert any("holds 1 namespace:" in line for line in said), said
    tower = build_encoder(ModelSpec(f"local-dir:{checkpoint}"), PictureLimits()).picture
    [ours] = tower.encode([tower.prepare(PICTURE)])
    cosine = float(np.dot(switch.vector(), ours / np.linalg.norm(ours)))
    assert cosine >= 0.999
