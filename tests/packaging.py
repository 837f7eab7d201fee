"""The package, built from a copy of its sources, without a network."""

import shutil
import subprocess
import sys
from pathlib import Path

from deployments.preflight.installation import NAMES

PROJECT = Path(__file__).resolve().parents[1]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "serve_config.yaml", "graph.py")
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


def sources_in(folder: Path) -> Path:
    """Copy what a package is built from into a folder that is there, and return it."""
    for name in SOURCES:
        shutil.copy(PROJECT / name, folder / name)
    for name in set(NAMES) - {"graph"}:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, folder / name, symlinks=True, ignore=ignored)
    return folder


def wheel_of(source: Path, target: Path) -> Path:
    """Build a wheel of copied sources into a folder."""
    command = [sys.executable, "-c", BUILD, str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return target / done.stdout.splitlines()[-1]
