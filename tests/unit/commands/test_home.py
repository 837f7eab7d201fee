"""A home holds all of one service; two side by side share nothing."""

from pathlib import Path

import pytest

from deployments import home as homes
from deployments.commands import base
from deployments.local import cluster
from deployments.local.environment import Ports
from deployments.settings.locations import (
    audit_file,
    books_file,
    energy_file,
    jobs_file,
    loaded_from,
    located,
    metrics_file,
)
from deployments.settings.service import ServiceSettings
from tests.unit.commands.conftest import Call


def test_a_home_is_named_or_follows_from_where_the_code_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named, the variable's, the checkout's, else the user's data folder; always a whole path."""
    assert homes.chosen(tmp_path, {"BRAINWAV_HOME": "/elsewhere"}) == tmp_path
    assert homes.chosen(None, {"BRAINWAV_HOME": "/elsewhere"}) == Path("/elsewhere")
    assert homes.chosen(None, {}) == homes.CHECKOUT_HOME
    monkeypatch.setattr(homes, "PROJECT", tmp_path)
    assert homes.chosen(None, {"XDG_DATA_HOME": "/data"}) == Path("/data/brainwav")
    monkeypatch.setenv("HOME", "/users/me")
    assert homes.chosen(None, {}) == Path("/users/me/.local/share/brainwav")
    assert homes.chosen(None, {"XDG_DATA_HOME": "relative"}).is_relative_to("/users/me")
    monkeypatch.chdir(tmp_path)
    assert homes.chosen(Path("here"), {}) == tmp_path / "here"


def test_every_file_of_a_service_lies_in_its_home(home: Path) -> None:
    """Relative paths of settings too, whether they begin with `.brainwav/` or not."""
    settings = ServiceSettings.model_validate(
        {"identity": {"keys_file": "keys.json"}, "slo": {"file": ".brainwav/slos.yaml"}}
    )
    whole = located(settings)
    files = [
        Path(whole.index.uri),
        Path(whole.identity.keys_file or ""),
        Path(whole.slo.file or ""),
        metrics_file(whole),
        energy_file(whole),
        books_file(whole),
        jobs_file(whole),
        audit_file(whole),
    ]
    assert [path for path in files if not path.is_relative_to(home)] == []
    remote = located(ServiceSettings.model_validate({"index": {"uri": "s3://bucket/index"}}))
    assert metrics_file(remote) == home / "metrics.sqlite"


def test_a_models_files_lie_in_the_home_too(home: Path) -> None:
    """Replicas have working folders of their own; a tag and a model of the hub are no paths."""
    for pretrained, whole in [("clip.bin", str(home / "clip.bin")), ("openai", "openai")]:
        model = {"model": "ViT-B-32", "pretrained": pretrained}
        settings = located(ServiceSettings.model_validate({"model": model}))
        assert settings.model.pretrained == whole
    assert loaded_from("local-dir:clip") == f"local-dir:{home / 'clip'}"
    assert loaded_from("local-dir:/models/clip") == "local-dir:/models/clip"
    assert loaded_from("hf-hub:a/b") == "hf-hub:a/b"


def test_the_checkouts_home_is_where_it_always_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable, and with it naming the same folder."""
    for named in (None, str(homes.CHECKOUT_HOME)):
        if named is None:
            monkeypatch.delenv("BRAINWAV_HOME", raising=False)
        else:
            monkeypatch.setenv("BRAINWAV_HOME", named)
        assert homes.whole(".brainwav/index") == (homes.CHECKOUT_HOME / "index").resolve()
        assert homes.whole("keys.json") == homes.PROJECT / "keys.json"


def test_two_homes_show_two_services(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command takes its address from its own home, before or after its name."""
    ports = Ports(*range(1, 10))
    running = {tmp_path / "one": 8010, tmp_path / "two": 8020}
    monkeypatch.setattr(
        cluster,
        "recorded",
        lambda home: cluster.Cluster("mark", ports, running[home]) if home in running else None,
    )
    assert "http://127.0.0.1:8010 " in call("status", "--home", tmp_path / "one").output
    assert "http://127.0.0.1:8020 " in call("--home", tmp_path / "two", "status").output
    assert "nothing runs" in call("--home", tmp_path / "three", "status").output


def test_a_home_may_have_a_configuration_of_its_own(home: Path) -> None:
    """Else ours is served; one that is named goes before both."""
    assert base.config_of(home) == base.shipped_config()
    home.mkdir()
    (home / "serve_config.yaml").write_text("{}")
    assert base.config_of(home) == home / "serve_config.yaml"
    assert base.config_of(home, Path("other.yaml")) == Path("other.yaml")


def test_keys_are_the_homes(call: Call, home: Path) -> None:
    """Unless a file is named, before the command or after it."""
    made = call("keys", "create", "--name", "me")
    assert made.exit_code == 0, made.output
    assert (home / "keys.json").exists()
    assert "me" in call("keys", "list").output
    assert call("keys", "--file", home / "other.json", "list").stdout == ""
    assert "no key 'nobody'" in call("keys", "revoke", "nobody").output
