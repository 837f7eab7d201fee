"""CONTRIBUTING.md's recipes, carried out in a copy of the project: each does its work."""

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from typing import Any

import pytest

from tests.imports import PACKAGES, PROJECT
from tests.unit.recipes.newcomer import RECIPES, Recipe

MOST_FILES = 3


@pytest.fixture(scope="module")
def came_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of each recipe."""
    tree = tmp_path_factory.mktemp("newcomer")
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "weights")
        shutil.copytree(PROJECT / name, tree / name, ignore=ignored)
    for name in ("graph.py", "serve_config.yaml"):
        shutil.copy(PROJECT / name, tree / name)
    (tree / "tests").symlink_to(PROJECT / "tests")
    for recipe in RECIPES:
        recipe.carry_out(tree)
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.recipes.carried_out"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.heading)
def test_a_recipe_names_the_files_that_it_takes(recipe: Recipe) -> None:
    """Three at most; the page says which, and where a new one goes."""
    assert 0 < len(recipe.files) <= MOST_FILES
    page = (PROJECT / "CONTRIBUTING.md").read_text()
    section = page.split(f"### {recipe.heading}\n", 1)[1].split("\n### ", 1)[0]
    named = [re.sub("<[a-z]+>", "*", name) for name in re.findall(r"`([\w/<>.]+)`", section)]
    for file in recipe.files:
        if "Where it happens" not in section or file in named:
            assert any(fnmatch(file, name) for name in named), file


def test_a_new_route_answers(came_of: dict[str, Any]) -> None:
    """Behind the door, by the limit that its rule names."""
    assert came_of["route"] == [200, {"hello": "world"}, "7"]


def test_a_new_class_of_limits_is_known_wherever_classes_are(came_of: dict[str, Any]) -> None:
    """Configurations set it, raise it with the others and may refuse it when degraded."""
    assert came_of["limit_class"] == ["greeting", [], 1_000_000, 7]


def test_a_new_metric_is_counted_and_told(came_of: dict[str, Any]) -> None:
    """With its label."""
    assert came_of["metric"] == ['brainwav_greetings_total{word="hello"} 1']


def test_a_new_tool_is_allowed_checked_and_run(came_of: dict[str, Any]) -> None:
    """Its schema refuses what is out of range."""
    is_allowed, ids, defects = came_of["tool"]
    assert is_allowed
    assert ids == ["b"]
    assert defects == ["most lies in 1..9, not 10"]


def test_a_new_leg_counts_is_explained_and_timed(came_of: dict[str, Any]) -> None:
    """A document that no other leg finds is found."""
    ids, said, timed = came_of["leg"]
    assert ids == ["a", "b"]
    assert said == {"a": ["everything", "keyword"], "b": ["everything"]}
    assert timed == ["everything", "keyword"]


def test_a_new_command_runs_and_is_listed(came_of: dict[str, Any]) -> None:
    """By its name."""
    assert came_of["command"] == ["hello\n", True]


def test_a_new_family_of_models_is_known_and_loaded(came_of: dict[str, Any]) -> None:
    """Texts and pictures are compared by it."""
    faults, is_one_space, likeness = came_of["model"]
    assert (faults, is_one_space) == ([], True)
    assert likeness == pytest.approx(1.0)
