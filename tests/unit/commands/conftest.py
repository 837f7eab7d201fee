"""Commands called in this process, in a home of each test's own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deployments.cli import cli

Call = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a space in its path, named by the environment, and nothing running in it."""
    folder = tmp_path / "a home"
    monkeypatch.setenv("BRAINWAV_HOME", str(folder))
    for name in ("BRAINWAV_URL", "BRAINWAV_API_KEY", "BRAINWAV_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call `brainwav` with arguments; what a command sets in the environment ends with it."""

    def run(*arguments: object) -> Result:
        before = dict(os.environ)
        try:
            return CliRunner().invoke(cli, [str(each) for each in arguments])
        finally:
            os.environ.clear()
            os.environ.update(before)

    return run
