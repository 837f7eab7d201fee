"""A sentence encoder from a hub is in the cache before anything is deployed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants, snapshot_download

from deployments.checking.config import GRAPH
from deployments.preflight import hub_text_model
from deployments.preflight.hub_text_model import fetch_text_model
from deployments.preflight.hub_weights import NotFetched
from retrieval.clip.sentence_spec import READ
from tests.hub_server import COMMIT, Hub, serving

MODEL = "hf-hub:someone/sentences"
FILES = {
    "model.safetensors": bytes(5_000),
    "config.json": b"{}",
    "1_Pooling/config.json": b"[]",
    "pytorch_model.bin": bytes(9_000),
    "README.md": b"not read",
}


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub with a sentence encoder, and files beside it that nobody reads."""
    with serving(Hub("someone/sentences", dict(FILES))) as hub:
        yield hub


def get(hub: Hub, cache: Path, model: str = MODEL) -> list[str]:
    """Fetch, and return what was said."""
    said: list[str] = []
    fetch_text_model(model, said.append, hub.endpoint, cache)
    return [line.partition(",")[0].removeprefix("downloading someone/sentences/") for line in said]


@pytest.mark.parametrize("model", [MODEL, f"{MODEL}@v2", f"{MODEL}@{COMMIT}"])
def test_what_a_replica_reads_is_fetched_once_the_weights_last(
    hub: Hub, tmp_path: Path, model: str
) -> None:
    """A folder of its own included; a replica finds all of it without the hub."""
    assert get(hub, tmp_path, model) == [
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
    ]
    assert get(hub, tmp_path, model) == []
    revision = model.partition("@")[2] or None
    folder = snapshot_download(
        "someone/sentences",
        revision=revision,
        cache_dir=tmp_path,
        allow_patterns=list(READ),
        local_files_only=True,
    )
    found = {str(file.relative_to(folder)) for file in Path(folder).rglob("*") if file.is_file()}
    assert found == {"1_Pooling/config.json", "config.json", "model.safetensors"}


def test_a_hub_that_is_away_is_said_unless_the_cache_has_it(hub: Hub, tmp_path: Path) -> None:
    """With the ways out; what broke off before its weights is not in the cache."""
    endpoint, hub.endpoint = hub.endpoint, "http://127.0.0.1:9"
    with pytest.raises(NotFetched, match=r"does not answer .* HF_ENDPOINT, or a folder"):
        get(hub, tmp_path)
    hub.endpoint = endpoint
    get(hub, tmp_path)
    hub.endpoint = "http://127.0.0.1:9"
    assert get(hub, tmp_path) == []
    for weights in tmp_path.rglob("model.safetensors"):
        weights.unlink()
    with pytest.raises(NotFetched):
        get(hub, tmp_path)


def test_without_a_network_it_is_said_which_variable_forbids_to_ask(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the cache is empty."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(NotFetched, match="HF_HUB_OFFLINE is set"):
        get(hub, tmp_path)


def test_a_name_that_is_not_there_and_one_without_weights_are_said(
    hub: Hub, tmp_path: Path
) -> None:
    """Each in one line."""
    with pytest.raises(NotFetched, match="has no repository no/body"):
        get(hub, tmp_path, "hf-hub:no/body")
    del hub.files["model.safetensors"]
    with pytest.raises(NotFetched, match=r"someone/sentences holds no \*.safetensors"):
        get(hub, tmp_path)


def test_weights_that_are_not_what_the_hub_says_are_refused(hub: Hub, tmp_path: Path) -> None:
    """As those of any other model."""
    hub.lies = True
    with pytest.raises(NotFetched, match="is not what the hub says it is"):
        get(hub, tmp_path)


def test_only_a_text_model_of_the_hub_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a folder, not the one of a package, nothing where none is set."""
    asked: list[str] = []
    monkeypatch.setattr(hub_text_model, "_names", lambda repository, *_: asked.append(repository))

    def settings(**text_model: str) -> dict:
        args = {"text_model": text_model} if text_model else {}
        return {"applications": [{"import_path": GRAPH, "args": args}]}

    for config in (
        settings(),
        settings(model="local-dir:somewhere"),
        settings(model="multilingual-e5-small-4bit"),
        settings(model=f"{MODEL}@v2"),
    ):
        hub_text_model.fetch(config, print)
    assert asked == ["someone/sentences"]
