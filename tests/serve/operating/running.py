"""`brainwav` in a process of its own, and what it says."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.serve.conftest import PROJECT

OF_OURS = ("BRAINWAV_HOME", "HOME", "XDG_DATA_HOME", "PYTHONPATH")
"""Variables that name folders of ours."""


class Running:
    """The command in a process of its own, as a shell starts it, in another folder than the code's.

    Args:
        home: Of the service.
        user: Another one who runs it; for root alone.
        program: The command of another environment; None: this code's.
    """

    def __init__(
        self,
        home: Path,
        *arguments: str,
        user: int | None = None,
        program: Path | None = None,
    ) -> None:
        self.home = home
        self.lines: list[str] = []
        called = [sys.executable, "-m", "deployments.cli"] if program is None else [str(program)]
        self._process = subprocess.Popen(
            [*called, "--home", str(home), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=home.parent,
            env=_environment(home, {} if program else {"PYTHONPATH": str(PROJECT)}),
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def said(self, *texts: str) -> bool:
        """Whether one of these was said."""
        return any(text in line for line in list(self.lines) for text in texts)

    def end(self, number: signal.Signals) -> int:
        """Send a signal as a terminal does, to the whole group; return the exit status."""
        os.killpg(self._process.pid, number)
        return self.wait()

    def wait(self) -> int:
        """Return the exit status once it has ended and all of its output was read."""
        status = self._process.wait()
        self._reading.join()
        return status

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip())


def _environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OF_OURS}
    return kept | {"HOME": str(home.parent)} | more


def up(home: Path, port: int) -> Running:
    """Begin to bring a service up."""
    return Running(home, "up", "--port", str(port))
