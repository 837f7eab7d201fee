"""A wrong configuration ends a command before anything was started or asked."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from deployments.checking import config
from deployments.commands import check_config, deploy, up
from tests.unit.checking.test_every_key import SHIPPED, keys

ODD = [None, True, -1, "x", [], {}, [[None]], {"a": {"b": 1}}, 10**400, "\n\0", float("nan"), 0.5]


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    shipped = yaml.safe_load(SHIPPED[0].read_text())
    shipped["applications"][0]["import_path"] = "graph:bild"
    shipped["http_options"]["prot"] = 1
    file = tmp_path / "wrong.yaml"
    file.write_text(yaml.safe_dump(shipped))
    return file


def never(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("something was done")


def test_up_starts_nothing(wrong: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Ray, no file, no folder of the home."""
    monkeypatch.setattr(up.cluster, "start", never)
    monkeypatch.setattr(up.footprint, "close", never)
    home = tmp_path / "home"
    done = CliRunner().invoke(up.command, ["--home", str(home), "--config", str(wrong)])
    assert done.exit_code == 1
    assert "applications[0].import_path: graph has no bild; did you mean build?" in done.output
    assert "http_options.prot: unknown key; did you mean port?" in done.output
    assert not home.exists()


def test_deploy_asks_nobody(wrong: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even what is in force."""
    monkeypatch.setattr(deploy, "ServeApi", never)
    given = ["--home", str(tmp_path / "home"), "--config", str(wrong)]
    done = CliRunner().invoke(deploy.command, [*given, "--dashboard", "http://127.0.0.1:1"])
    assert done.exit_code == 1
    assert "graph has no bild" in done.output


def test_the_check_alone_ends_with_the_same(wrong: Path) -> None:
    """Status 1 where one of the files is wrong, and each is told of."""
    done = CliRunner().invoke(check_config.command, [str(SHIPPED[0]), str(wrong)])
    assert done.exit_code == 1
    assert f"{SHIPPED[0]}: ok" in done.output
    assert "graph has no bild" in done.output
    assert CliRunner().invoke(check_config.command, [str(SHIPPED[0])]).exit_code == 0


def test_files_are_not_looked_for_where_it_is_for_another_machine(tmp_path: Path) -> None:
    """Everything else is."""
    shipped = yaml.safe_load(SHIPPED[0].read_text())
    shipped["applications"][0]["args"]["energy"] = {"intensity_file": "/nowhere.csv"}
    shipped["applications"][0]["args"]["model"] = {
        "model": "ViT-B-32",
        "pretrained": "/nowhere.safetensors",
    }
    file = tmp_path / "theirs.yaml"
    file.write_text(yaml.safe_dump(shipped))
    with pytest.raises(config.ConfigError, match="there is no file") as error:
        config.load(file)
    assert len(str(error.value).splitlines()) == 3
    assert CliRunner().invoke(check_config.command, ["--elsewhere", str(file)]).exit_code == 0


def test_whatever_stands_where_the_check_ends_in_lines() -> None:
    """Something odd in place of each value in turn: findings or none, never a traceback."""
    shipped = yaml.safe_load(SHIPPED[0].read_text())
    places = list(keys(shipped))
    assert len(places) > 100
    told = 0
    for turn, place in enumerate(places):
        changed = deepcopy(shipped)
        inner: Any = changed
        for part in place[:-1]:
            inner = inner[part]
        inner[place[-1]] = ODD[turn % len(ODD)]
        found = list(config.check(changed))
        told += bool(found)
        assert "\n" not in "".join(found)
    assert told > 0.7 * len(places)
