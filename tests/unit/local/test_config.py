"""The configuration is checked strictly, because Serve ignores what it does not know."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.checking import config
from deployments.local import rollout

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def shipped() -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "serve_config.yaml").read_text())


def test_the_shipped_configuration_is_right(shipped: dict[str, Any]) -> None:
    """What `make up` deploys passes its own check."""
    assert list(config.check(shipped)) == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("http_options", "prot"), 8000, "http_options.prot: unknown key"),
        (("applications", 0, "arg"), {}, "applications[0].arg: unknown key"),
        (
            ("applications", 0, "args", "model", "modle"),
            "x",
            "applications[0].args.model.modle: unknown key",
        ),
        (("applications", 0, "args", "model", "precision"), "int3", "[0].args.model.precision: "),
        (("applications", 0, "deployments", 1, "num_replica"), 1, "num_replica: unknown key"),
        (
            ("applications", 0, "deployments", 1, "user_config", "max_batch"),
            1,
            "max_batch: unknown key",
        ),
        (("applications", 0, "deployments", 1, "user_config", "max_batch_items"), 0, "greater"),
        (("applications", 0, "deployments", 1, "name"), "Embeder", "'Embeder' is none of"),
    ],
)
def test_a_typing_error_is_named_with_its_place(shipped, path, value, problem: str) -> None:
    """Every level of the file is covered."""
    broken = deepcopy(shipped)
    target = broken
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    assert any(problem in found for found in config.check(broken))


def test_an_application_of_somebody_else_is_checked_as_serve_knows_it(shipped) -> None:
    """Its arguments are its own; a key that Serve does not know is a typing error there too."""
    other = {"name": "other", "import_path": "other:app", "route_prefix": "/other"}
    other["args"] = {"size": 3}
    both = shipped | {"applications": [*shipped["applications"], other]}
    assert list(config.check(both)) == []
    other["nam"] = "other"
    assert list(config.check(both)) == ["applications[1].nam: unknown key; did you mean name?"]
    config.raise_limits(both)


def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path) -> None:
    """Neither broken YAML nor a bare string passes."""
    for text in ("a: [", "just words"):
        path = tmp_path / "c.yaml"
        path.write_text(text)
        with pytest.raises(config.ConfigError):
            config.load(path)


def test_the_release_follows_the_code(tmp_path: Path) -> None:
    """Changed code gives another release, and the shipped file is not touched."""
    for name in rollout.SOURCES:
        path = tmp_path / name
        if path.suffix:
            path.write_text("a = 1\n")
        else:
            path.mkdir()
            (path / "module.py").write_text("b = 1\n")
    before = rollout.release(tmp_path)
    (tmp_path / "api" / "module.py").write_text("b = 2\n")
    assert rollout.release(tmp_path) != before


def test_the_release_is_put_into_every_application(shipped: dict[str, Any]) -> None:
    """The original stays as it was."""
    done = rollout.rendered(shipped, "abc")
    assert done["applications"][0]["runtime_env"]["env_vars"]["RELEASE"] == "abc"
    assert shipped["applications"][0]["runtime_env"]["env_vars"]["RELEASE"] == "0"
