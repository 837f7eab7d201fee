"""The quick suite starts no cluster: two of them cost it two minutes, and nobody saw why."""

import ast
from pathlib import Path

from deployments.checking.importable import parsed

SERVE = Path(__file__).resolve().parents[1] / "serve"


def marks(module: str) -> set[str]:
    """Return the marks that a module gives to all of its tests."""
    for node in parsed(module).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                return {part.attr for part in ast.walk(value) if isinstance(part, ast.Attribute)}
    return set()


def test_marks_are_read_alone_and_in_a_list() -> None:
    """Both are written in this suite; no mark is no mark."""
    assert "cluster" in marks("import pytest\npytestmark = pytest.mark.cluster")
    assert "slow" in marks("import pytest\npytestmark = [pytest.mark.cluster, pytest.mark.slow]")
    assert not marks("import pytest\n\ndef test() -> None:\n    assert cluster")


def test_every_test_of_the_shared_cluster_says_that_it_needs_one() -> None:
    """``make test`` leaves out what is marked, and takes everything else."""
    modules = sorted(SERVE.rglob("test_*.py"))
    assert len(modules) > 20
    assert [m.name for m in modules if "cluster" not in marks(m.read_text())] == []
