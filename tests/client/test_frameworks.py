"""Integrations pass the standard tests of the frameworks that they are for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.environments import python_with_clients

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent / "frameworks"
CLIENT = Path(__file__).resolve().parents[2] / "clients" / "python"
LEAST_TESTS = 30


def test_langchains_standard_tests_pass(url: str, tmp_path: Path) -> None:
    """All of them, none is left out: embeddings and vector store, blocking and async."""
    python = python_with_clients(tmp_path / "venv")
    shutil.copy(HERE / "suite_langchain.py", tmp_path)
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    environment = dict(os.environ) | {"BRAINWAV_URL": url, "PYTHONPATH": str(CLIENT)}
    done = subprocess.run(
        [*command, "-rA", "suite_langchain.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert done.stdout.count("PASSED ") >= LEAST_TESTS
    assert "SKIPPED" not in done.stdout
