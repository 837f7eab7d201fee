"""Integrations do what the frameworks ask that they are for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.environments import python_with_clients

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent / "frameworks"
CLIENT = Path(__file__).resolve().parents[2] / "clients" / "python"
LEAST_TESTS = {"suite_langchain.py": 30, "suite_llama_index.py": 6}
"""Of each suite; LangChain's is its own standard one, LlamaIndex publishes none."""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment that holds the frameworks."""
    return python_with_clients(tmp_path_factory.mktemp("frameworks") / "venv")


@pytest.mark.parametrize("suite", LEAST_TESTS)
def test_a_frameworks_suite_passes(url: str, python: str, tmp_path: Path, suite: str) -> None:
    """All of it, none is left out: embeddings and vector store, blocking and async."""
    shutil.copy(HERE / suite, tmp_path)
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    environment = dict(os.environ) | {"BRAINWAV_URL": url, "PYTHONPATH": str(CLIENT)}
    done = subprocess.run(
        [*command, "-rA", suite], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert done.stdout.count("PASSED ") >= LEAST_TESTS[suite]
    assert "SKIPPED" not in done.stdout
