"""The configuration that last ran on a cluster: what a deployment that fails goes back to.

Serve remembers the configuration it was given last, which may be one that never ran. So whoever
deploys writes down what was seen to run.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deployments import private
from deployments.remote.serve_api import configuration, states

RAN = {"RUNNING", "UNHEALTHY"}
"""Serve calls unhealthy what ran before; what never did is DEPLOYING or DEPLOY_FAILED."""

FILES_OF_THIS_MACHINE = "last-run-127.0.0.1-*.json"
"""In a home: of the clusters that `up` started there, one after another."""


def ran(details: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the configuration in force if Serve's account shows that it ran, else None."""
    return configuration(details) if set(states(details).values()) <= RAN else None


class LastRun:
    """A private file in a service's home, one for each cluster that is deployed to from there.

    Args:
        dashboard: The cluster's address.
    """

    def __init__(self, home: Path, dashboard: str) -> None:
        address = urlsplit(dashboard)
        self.file = home / f"last-run-{address.hostname}-{address.port or address.scheme}.json"

    def keep(self, config: Mapping[str, Any]) -> None:
        """Write down what runs.

        Raises:
            NotPrivate: The home is somebody else's: a configuration may hold secrets.
        """
        private.folder(self.file.parent)
        private.write(self.file, json.dumps(config))

    def before(self, details: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what a deployment that fails goes back to, None where nothing is deployed or
        nothing is known to have run.

        Args:
            details: Serve's account, before anything is changed.
        """
        if (running := ran(details)) is not None:
            self.keep(running)
            return running
        return None if configuration(details) is None else self._read()

    def _read(self) -> dict[str, Any] | None:
        try:
            kept = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return None
        return kept if isinstance(kept, dict) and kept.get("applications") else None
