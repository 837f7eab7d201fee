"""A model from a hub: seen, resumed and checked, and each fault one line that says what to do."""

import json
import threading
from collections import namedtuple
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from huggingface_hub import constants

from deployments.checking.hub_places import (
    WEIGHTS,
    HubPlace,
    place_of,
    places_of_texts,
)
from deployments.checking.known_models import CONFIG, architecture_config
from deployments.preflight import hub_weights
from deployments.preflight.hub_weights import NotFetched, fetch_model, fetched
from tests.hub_server import Hub, serving

BODY = bytes(range(256)) * 2_000
PLACE = HubPlace("someone/tiny", WEIGHTS)
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub that holds the second of the files that are asked for."""
    with serving(Hub("someone/tiny", {WEIGHTS[1]: BODY})) as hub:
        yield hub


def get(hub: Hub, cache: Path, place: HubPlace = PLACE) -> tuple[Path, list[str]]:
    """Fetch, and return what was said."""
    said: list[str] = []
    return fetched(place, said.append, hub.endpoint, cache), said


def refused(hub: Hub, cache: Path, place: HubPlace = PLACE) -> str:
    """Return the one line of a fault."""
    with pytest.raises(NotFetched) as caught:
        get(hub, cache, place)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_weights_are_downloaded_once(hub: Hub, tmp_path: Path) -> None:
    """The first file that is there; a second time nobody is asked."""
    path, said = get(hub, tmp_path)
    assert path.read_bytes() == BODY
    assert len(said) == 1
    assert "downloading someone/tiny/open_clip_pytorch_model.bin" in said[0]
    assert get(hub, tmp_path) == (path, [])
    assert hub.ranges == [""]


def test_a_download_that_breaks_off_is_resumed(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from its beginning, by the library itself or by the next run."""
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.cut_after = 100_000
    said: list[str] = []
    with suppress(NotFetched):
        fetched(PLACE, said.append, hub.endpoint, tmp_path)
    path, _ = get(hub, tmp_path)
    assert path.read_bytes() == BODY
    assert hub.ranges[0] == ""
    assert hub.ranges[-1].startswith("bytes=")


def test_a_file_that_is_not_what_the_hub_says_is_deleted(hub: Hub, tmp_path: Path) -> None:
    """So that nothing takes it for the weights later."""
    hub.lies = True
    assert "is not what the hub says it is" in refused(hub, tmp_path)
    hub.lies = False
    path, _ = get(hub, tmp_path)
    assert path.read_bytes() == BODY


def test_a_name_that_is_not_there_is_said(hub: Hub, tmp_path: Path) -> None:
    """The repository, or the file in it."""
    assert "has no repository no/body" in refused(hub, tmp_path, HubPlace("no/body", WEIGHTS))
    other = HubPlace("someone/tiny", ("else.safetensors",))
    assert "holds none of else.safetensors" in refused(hub, tmp_path, other)


def test_a_hub_that_cannot_be_reached_is_said(hub: Hub, tmp_path: Path) -> None:
    """With the ways out."""
    hub.endpoint = "http://127.0.0.1:9"
    said = refused(hub, tmp_path)
    assert "does not answer" in said
    assert "HF_ENDPOINT" in said


def test_a_hub_that_does_not_answer_is_waited_for_seconds(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for minutes."""
    hub.held = threading.Event()
    monkeypatch.setattr(hub_weights, "ANSWER_WITHIN_S", 0.2)
    assert "does not answer" in refused(hub, tmp_path)


def test_a_full_disk_is_said_before_anything_is_downloaded(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what is needed and what is free."""
    monkeypatch.setattr(hub_weights.shutil, "disk_usage", lambda path: Usage(10, 10, 0))
    assert "0 MiB free" in refused(hub, tmp_path)
    assert hub.ranges == []


def test_without_a_network_the_cache_is_enough(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without either it is said which variable forbids to ask."""
    path, _ = get(hub, tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert get(hub, tmp_path) == (path, [])
    assert "HF_HUB_OFFLINE is set" in refused(hub, tmp_path / "empty")


TOWER = {"hf_tokenizer_name": "someone/tiny", "hf_model_name": "someone/tiny"}


def published(text_config: dict) -> bytes:
    """Return a configuration as open_clip publishes it."""
    return json.dumps({"model_cfg": {"text_cfg": text_config}}).encode()


def get_model(hub: Hub, cache: Path) -> list[str]:
    """Fetch what a repository's model needs, and return what was said."""
    said: list[str] = []
    fetch_model("hf-hub:someone/tiny", None, said.append, hub.endpoint, cache)
    return [line.partition(",")[0].rpartition("/")[2] for line in said]


def test_a_model_has_its_settings_and_its_texts_fetched_too(hub: Hub, tmp_path: Path) -> None:
    """All that a replica would ask for when it starts; the second time nobody is asked."""
    hub.files |= {CONFIG: published(TOWER), "tokenizer.json": b"{}", "config.json": b"{}"}
    assert get_model(hub, tmp_path) == [CONFIG, WEIGHTS[1], "tokenizer.json", "config.json"]
    hub.endpoint = "http://127.0.0.1:9"
    assert get_model(hub, tmp_path) == []


def test_a_model_whose_tokeniser_is_not_there_is_refused(hub: Hub, tmp_path: Path) -> None:
    """Before anything is deployed."""
    hub.files[CONFIG] = published({"hf_tokenizer_name": "some/body"})
    with pytest.raises(NotFetched, match="no repository some/body"):
        get_model(hub, tmp_path)
    hub.files[CONFIG] = published({"hf_tokenizer_name": "someone/tiny"})
    with pytest.raises(NotFetched, match=r"holds none of tokenizer\.json"):
        get_model(hub, tmp_path / "another")


@pytest.mark.parametrize("config", [b"", b"[]", b"{}", b'{"model_cfg": {}}'])
def test_settings_that_are_none_of_open_clips_are_refused(
    hub: Hub, tmp_path: Path, config: bytes
) -> None:
    """By the file that is wrong."""
    hub.files[CONFIG] = config
    with pytest.raises(NotFetched, match="is no configuration of open_clip's"):
        get_model(hub, tmp_path)
    (tmp_path / CONFIG).write_bytes(config)
    with pytest.raises(NotFetched, match="is no configuration of open_clip's"):
        fetch_model(f"local-dir:{tmp_path}", None, print)


def text_config(name: str) -> dict:
    """Return what open_clip says of an architecture's texts."""
    return architecture_config(name)["text_cfg"]


def test_what_texts_need_is_in_open_clips_own_files() -> None:
    """Of an architecture that is named; a folder carries its tokeniser."""
    config = text_config("ViT-B-16-SigLIP")
    [place] = places_of_texts("ViT-B-16-SigLIP", config)
    assert place.repository == "timm/ViT-B-16-SigLIP"
    assert [*places_of_texts("ViT-B-32", text_config("ViT-B-32"))] == []
    assert [*places_of_texts("local-dir:/a", config)] == []
    kinds = [place.what for place in places_of_texts("x", text_config("roberta-ViT-B-32"))]
    assert kinds == ["tokeniser's files", "sizes"]


def test_places_are_those_that_open_clip_asks() -> None:
    """Of every tag that it has on the hub; beside its own table."""
    import open_clip

    known = 0
    for model, tag in open_clip.list_pretrained():
        own = open_clip.get_pretrained_cfg(model, tag).get("hf_hub", "")
        place = place_of(model, tag)
        if not own:
            assert place is None
            continue
        known += 1
        assert place is not None
        assert place.repository == own.rpartition("/")[0]
        assert (own.rpartition("/")[2] or WEIGHTS[1]) in place.files
    assert known > 80
    assert place_of("hf-hub:a/b", None) == HubPlace("a/b", WEIGHTS)
    assert place_of("brainwav-demo", None) is None
    assert place_of("ViT-B-32", "random") is None
