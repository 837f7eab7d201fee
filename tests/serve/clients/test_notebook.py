"""The notebook runs from top to bottom against the service."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.serve.conftest import PROJECT, Service

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
HERE = Path(__file__).parent
NOTEBOOK = PROJECT / "clients" / "python" / "examples" / "own_pictures.ipynb"


def test_the_notebook_runs_from_top_to_bottom(
    service: Service, clients_python: str, tmp_path: Path
) -> None:
    """Pictures are written and found, energy is plotted, a plan is drawn; nothing is left."""
    variables = {
        "BRAINWAV_URL": service.url,
        "PYTHONPATH": str(PROJECT / "clients" / "python"),
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [clients_python, str(HERE / "run_notebook.py"), str(NOTEBOOK)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=variables,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["pictures"] == 4
    assert "12 written, 0 failed" in said["text"]
    assert "joules" in said["text"]
    assert "search" in said["text"]
