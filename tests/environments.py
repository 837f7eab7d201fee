"""Environments of their own for clients of others: what the lock files name, nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements"


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, f"{command[:3]}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout


def python_with_clients(folder: Path) -> str:
    """Make an environment in a folder that holds nothing but the clients; return its Python."""
    uv, python = str(Path(sys.executable).with_name("uv")), str(folder / "bin/python")
    run(uv, "venv", "--quiet", "--python", sys.executable, str(folder))
    lock = str(REQUIREMENTS / "clients.lock")
    run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock)
    return python


def node_with_clients(folder: Path, script: Path) -> Path:
    """Put a script beside the clients for Node, and return the folder."""
    shutil.copy(script, folder)
    return _node_packages("clients-node", folder)


def axe_script(folder: Path) -> Path:
    """Put the rules of accessibility into a folder, and return their script."""
    return _node_packages("axe-node", folder) / "node_modules/axe-core/axe.min.js"


def _node_packages(name: str, folder: Path) -> Path:
    if shutil.which("npm") is None:
        pytest.skip("there is no npm on this machine")
    for path in (REQUIREMENTS / name).iterdir():
        shutil.copy(path, folder)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    return folder
