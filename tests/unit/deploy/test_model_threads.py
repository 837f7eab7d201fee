"""Every configuration that comes with the service uses the whole machine."""

import re
import textwrap
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.encoding import model_threads
from deployments.encoding.model_threads import threads_of, usable_cores
from deployments.settings.service import ServiceSettings

PROJECT = Path(__file__).resolve().parents[3]
DEFAULT = PROJECT / "serve_config.yaml"
SHIPPED = [DEFAULT, *sorted((PROJECT / "deploy").glob("serve-*.yaml"))]


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_threads, "usable_cores", lambda: 2)


def threads(config: dict[str, Any]) -> int:
    """Return the threads that follow from a configuration."""
    [app] = config["applications"]
    settings = ServiceSettings.model_validate(app["args"])
    [embedder] = [d for d in app["deployments"] if d["name"] == "Embedder"]
    return threads_of(settings.model.threads, embedder["ray_actor_options"]["num_cpus"])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_configuration_encodes_on_both_of_two_cores(path: Path) -> None:
    """One thread gives 16 pictures a second where two give 29."""
    assert threads(yaml.safe_load(path.read_text())) == 2


def test_so_does_the_manifest_for_kubernetes() -> None:
    """It carries a configuration of its own."""
    manifests = yaml.safe_load_all((PROJECT / "deploy/kuberay/rayservice.yaml").read_text())
    [config] = [m["spec"]["serveConfigV2"] for m in manifests if m["kind"] == "RayService"]
    assert threads(yaml.safe_load(config)) == 2


def test_so_does_the_recipe_of_the_page_on_models() -> None:
    """Its block put into the default configuration, as it says."""
    page = (PROJECT / "docs/how-to/use-your-own-model.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    recipes = [yaml.safe_load(textwrap.dedent(block)) for block in blocks if "model:" in block]
    assert len(recipes) == 1
    config = deepcopy(yaml.safe_load(DEFAULT.read_text()))
    config["applications"][0]["args"].update(recipes[0]["args"])
    assert threads(config) == 2


@pytest.mark.parametrize(
    ("wanted", "num_cpus", "threads"),
    [
        ("share", 0.5, 1),
        ("share", 1.1, 2),
        ("share", 9.0, 2),
        ("all", 0.1, 2),
        (1, 8.0, 1),
        (5, 1.0, 2),
    ],
)
def test_threads_follow_the_setting_and_never_exceed_the_cores(wanted, num_cpus, threads) -> None:
    """A share of a fraction is one thread unless more is asked for."""
    assert threads_of(wanted, num_cpus) == threads


def test_a_containers_quota_counts_as_its_cores(tmp_path: Path) -> None:
    """A pod of one core on a large node must not run a thread for each of the node's."""
    quota = tmp_path / "cpu.max"
    quota.write_text("100000 100000\n")
    assert usable_cores(quota) == 1
    quota.write_text("max 100000\n")
    assert usable_cores(quota) == usable_cores(tmp_path / "missing")
