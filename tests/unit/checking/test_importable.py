"""A module and a name in it are found without running anything."""

import sys
from pathlib import Path

import pytest

from deployments.checking.importable import NoModule, problem

SOURCE = """
raise SystemExit("it was run")
import os.path as paths
from json import *
A, (B, *C) = 1, (2, 3)
D: int = 4
try:
    from fast import build
except ImportError:
    def build(): ...
if True:
    class Later: ...
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def test_what_is_there_passes(folder: Path) -> None:
    """Ours, Ray's, with a colon or a dot; whatever a module defines in whichever way."""
    for path in (
        "graph:build",
        "graph.build",
        "deployments.autoscaling.SloPolicy",
        "deployments.autoscaling:SloPolicy",
        "ray.serve.autoscaling_policy:default_autoscaling_policy",
        "scripts.bench.support.serve_floor:build",
        "tests.serve.slow_graph:build",
    ):
        assert problem(path) is None, path
    (folder / "somebodys.py").write_text(SOURCE.replace("from json import *", ""))
    for name in ("paths", "A", "B", "C", "D", "build", "Later"):
        assert problem(f"somebodys:{name}") is None, name
    assert "somebodys has no Latr; did you mean Later?" in str(problem("somebodys:Latr"))


def test_what_cannot_be_known_passes(folder: Path) -> None:
    """A module that takes everything of another, or makes names as it is asked for them."""
    (folder / "star.py").write_text("from json import *")
    (folder / "lazy.py").write_text("def __getattr__(name): ...")
    assert problem("star:whatever") is None
    assert problem("lazy:whatever") is None


def test_what_is_not_there_is_said_in_a_line(folder: Path) -> None:
    """The part that is missing, and what is near."""
    (folder / "broken.py").write_text("def (:")
    (folder / "empty").mkdir()
    for path, words in [
        ("graph:bild", "graph has no bild; did you mean build?"),
        ("deployments.autoscalin:SloPolicy", "did you mean autoscaling?"),
        ("broken:app", "broken cannot be read"),
        ("empty:app", "empty has no"),
        ("graph", "module:name"),
        (":build", "module:name"),
        ("graph:build:more", "module:name"),
        ("graph:build()", "a Python name"),
        ("../graph:build", "a Python name"),
        ("graph.py:build", "graph.py"),
    ]:
        assert words in str(problem(path)), path
    with pytest.raises(NoModule, match="no module grahp; did you mean graph"):
        problem("grahp:build")
