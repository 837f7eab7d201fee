"""A path in a configuration is a whole one or the home's; what lies there is of the right kind."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from deployments.checking import config
from tests.changed_configuration import ARGS, EMBEDDER, PROJECT, of, with_value

README = str(PROJECT / "README.md")
DOCS = str(PROJECT / "docs")
PATHS = [
    f"{ARGS}.index.uri",
    f"{ARGS}.identity.keys_file",
    f"{ARGS}.identity.audit_file",
    f"{ARGS}.limiter.file",
    f"{ARGS}.slo.file",
    f"{ARGS}.energy.file",
    f"{ARGS}.energy.intensity_file",
]


def told(place: str, value: Any, elsewhere: bool = False) -> list[str]:
    return list(config.check(with_value(place, value), elsewhere))


@pytest.mark.parametrize("place", PATHS)
@pytest.mark.parametrize("value", ["~/a", "~me/a", "$HOME/a", "${HOME}/a", "", " ", " a", "a "])
def test_what_only_a_shell_reads_is_told(place: str, value: str) -> None:
    """`~` and variables would be folders of that name; nothing at all is the project itself."""
    for elsewhere in (False, True):
        assert any(line.startswith(f"{place}: ") for line in told(place, value, elsewhere))


def test_so_it_is_of_a_models_folder_and_file() -> None:
    """Whatever stands behind `local-dir:`, and weights that are no tag."""
    for place, value in [
        (f"{ARGS}.model.model", "local-dir:~/clip"),
        (f"{ARGS}.model.model", "local-dir:"),
        (f"{ARGS}.text_model.model", "local-dir:$HOME/e5"),
    ]:
        assert any(line.startswith(f"{place}: ") for line in told(place, value, True))
    model = {"model": "ViT-B-32", "pretrained": "~/clip.safetensors"}
    found = told(f"{ARGS}.model", model, True)
    assert [line.split(": ")[0] for line in found] == [f"{ARGS}.model.pretrained"]


def test_a_file_that_is_written_is_no_folder() -> None:
    """And an index is one."""
    for place in (
        f"{ARGS}.identity.audit_file",
        f"{ARGS}.limiter.file",
        f"{ARGS}.energy.file",
    ):
        [found] = told(place, DOCS)
        assert found.startswith(f"{place}: ")
        assert "folder" in found
        assert told(place, DOCS, elsewhere=True) == []
    [found] = told(f"{ARGS}.index.uri", README)
    assert found.startswith(f"{ARGS}.index.uri: ")


def test_no_two_settings_name_one_file() -> None:
    """Each would find the other's in it; defaults beside the index count too."""
    both = {"file": "same.sqlite"}
    changed = with_value(f"{ARGS}.limiter", both)
    changed["applications"][0]["args"]["energy"] = both
    [found] = config.check(changed)
    assert found.startswith(f"{ARGS}.energy.file: ")
    assert "limiter.file" in found
    [found] = told(f"{ARGS}.limiter.file", ".brainwav/metrics.sqlite")
    assert found.startswith(f"{ARGS}.limiter.file: ")


def test_an_hourly_file_is_read_before_anything_is_started() -> None:
    """Its first line that is wrong is named."""
    [found] = told(f"{ARGS}.energy.intensity_file", README)
    assert found.startswith(f"{ARGS}.energy.intensity_file: ")
    assert "line" in found


def test_a_folder_of_a_model_holds_one(tmp_path: Path) -> None:
    """open_clip reads `open_clip_config.json`; a relative folder is the home's."""
    place = f"{ARGS}.model.model"
    [found] = told(place, f"local-dir:{tmp_path}")
    assert found.startswith(f"{place}: ")
    assert "open_clip_config.json" in found
    (tmp_path / "open_clip_config.json").write_text("{}")
    assert told(place, f"local-dir:{tmp_path}") == []


def test_a_relative_path_is_the_homes_wherever_the_check_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replicas have working folders of their own: what lies in this one is not theirs."""
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip/open_clip_config.json").write_text("{}")
    (tmp_path / "clip.bin").write_bytes(b"weights")
    weights = {"model": "ViT-B-32", "pretrained": "clip.bin"}
    monkeypatch.chdir(tmp_path)
    assert told(f"{ARGS}.model.model", "local-dir:clip") != []
    assert told(f"{ARGS}.model", weights) != []
    monkeypatch.chdir("/")
    monkeypatch.setenv("BRAINWAV_HOME", str(tmp_path))
    assert told(f"{ARGS}.model.model", "local-dir:clip") == []
    assert told(f"{ARGS}.model", weights) == []


def test_a_checksum_is_compared_before_anything_is_started(tmp_path: Path) -> None:
    """Two replicas would find it out one after another."""
    (tmp_path / "clip.bin").write_bytes(b"weights")
    model = {"model": "ViT-B-32", "pretrained": str(tmp_path / "clip.bin")}
    digest = sha256(b"weights").hexdigest()
    assert told(f"{ARGS}.model", model | {"sha256": digest.upper()}) == []
    [found] = told(f"{ARGS}.model", model | {"sha256": "b" * 64})
    assert found == f"{ARGS}.model.sha256: clip.bin has {digest}"


def test_a_file_of_weights_is_one_by_its_name() -> None:
    """Nobody loads a page of text."""
    [found] = told(f"{ARGS}.model", {"model": "ViT-B-32", "pretrained": README})
    assert found.startswith(f"{ARGS}.model.pretrained: ")
    assert ".safetensors" in found


@pytest.mark.parametrize(
    ("uri", "word"),
    [
        ("memory://index", "of its own"),
        ("hf://datasets/a/b", "written"),
        ("file://relative/index", "file:///"),
    ],
)
def test_an_index_lies_where_all_processes_can_write(uri: str, word: str) -> None:
    """Memory is one process's, the hub is read only."""
    [found] = told(f"{ARGS}.index.uri", uri)
    assert found.startswith(f"{ARGS}.index.uri: ")
    assert word in found


def test_options_of_object_storage_are_for_object_storage() -> None:
    """With a folder nothing reads them."""
    [found] = told(f"{ARGS}.index.storage_options", {"region": "eu"})
    assert found.startswith(f"{ARGS}.index.storage_options: ")


@pytest.mark.parametrize("value", ["~/logs", "logs", "", README])
def test_serves_logs_have_a_whole_path(value: str) -> None:
    """Every replica has a working folder of its own."""
    for place in ("logging_config.logs_dir", of(EMBEDDER, "logging_config.logs_dir")):
        found = told(place, value)
        assert [line.split(": ")[0] for line in found] == [place]


def test_files_of_tls_are_there_and_complete() -> None:
    """A key without its certificate serves plain HTTP, and says nothing."""
    for options, key in [
        ({"ssl_keyfile": README}, "ssl_keyfile"),
        ({"ssl_ca_certs": README}, "ssl_ca_certs"),
        ({"ssl_keyfile_password": "x"}, "ssl_keyfile_password"),
        ({"ssl_keyfile": "/nowhere.pem", "ssl_certfile": README}, "ssl_keyfile"),
        ({"ssl_keyfile": README, "ssl_certfile": "cert.pem"}, "ssl_certfile"),
    ]:
        found = told("http_options", {"host": "127.0.0.1", "port": 8000, **options})
        assert [line.split(": ")[0] for line in found] == [f"http_options.{key}"]
