"""`brainwav models`: what can be served, how large it is, and what a picture costs here."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from huggingface_hub import constants

from deployments.checking.hub_places import place_of
from deployments.commands import models
from deployments.preflight import model_costs
from deployments.preflight.hub_weights import fetched
from tests.hub_server import Hub, serving


def said(home: Path, *arguments: str) -> str:
    """Run the command; return what it prints."""
    result = CliRunner().invoke(models.command, ["--home", str(home), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_names_are_listed_and_searched(tmp_path: Path) -> None:
    """As `--model` takes them, with where their weights lie."""
    head, first, *rest = said(tmp_path).splitlines()
    assert head.split() == list(models.HEAD)
    assert (first.split()[0], first.split()[-1]) == ("brainwav-demo", "embedded")
    assert len(rest) > 80
    some = said(tmp_path, "b-32/laion2b_s34b")
    assert "ViT-B-32/laion2b_s34b_b79k" in some
    assert "laion/CLIP-ViT-B-32" in some
    nothing = CliRunner().invoke(models.command, ["--home", str(tmp_path), "nothing such"])
    assert nothing.exit_code == 1


def test_every_model_has_its_size(tmp_path: Path) -> None:
    """Exactly for programs; nothing of it has to be fetched or built."""
    rows = json.loads(said(tmp_path, "--json"))["models"]
    assert len(rows) > 80
    assert all(row["parameters"] and row["dimension"] for row in rows)
    [clip] = [row for row in rows if row["model"] == "ViT-B-32/laion2b_s34b_b79k"]
    assert (clip["parameters"], clip["weights_bytes"]) == (151_277_313, 605_109_252)
    assert (clip["dimension"], clip["picture_px"]) == (512, "224x224")


def test_what_was_never_measured_is_not_told(tmp_path: Path) -> None:
    """An estimate needs something that it is estimated by."""
    rows = json.loads(said(tmp_path, "--json"))["models"]
    assert {row["picture_ms"] for row in rows} == {None}


def test_what_was_measured_is_told_and_the_rest_estimated(tmp_path: Path) -> None:
    """They look different."""
    model_costs.keep(tmp_path, model_costs.machine(), "ViT-B-32", 50.0)
    lines = said(tmp_path, "vit-b-").splitlines()
    costs = {line.split()[0].partition("/")[0]: line.split()[5] for line in lines if "/" in line}
    assert costs["ViT-B-32"] == "50"
    assert costs["ViT-B-16"].startswith("~")
    assert 150 < float(costs["ViT-B-16"].removeprefix("~")) < 250


def test_weights_that_are_here_already_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the hub library's cache."""
    place = place_of("ViT-B-32", "laion2b_s34b_b79k")
    assert place is not None
    with serving(Hub(place.repository, {place.files[0]: b"weights"})) as hub:
        fetched(place, lambda line: None, hub.endpoint, tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    rows = json.loads(said(tmp_path, "vit-b-32/laion2b", "--json"))["models"]
    cached = [row["model"] for row in rows if row["is_cached"]]
    assert cached == ["ViT-B-32/laion2b_s34b_b79k"]
    assert len(rows) > 1
    assert "laion2B-s34B-b79K (cached)" in said(tmp_path, "vit-b-32/laion2b")


@pytest.mark.model
def test_a_model_is_measured_where_somebody_asks(tmp_path: Path) -> None:
    """Here the embedded one; it is told from then on."""
    said(tmp_path, "brainwav-demo", "--measure")
    [row] = json.loads(said(tmp_path, "brainwav-demo", "--json"))["models"]
    assert row["is_measured"]
    assert row["picture_ms"] > 0
