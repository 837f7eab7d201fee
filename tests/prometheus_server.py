"""A real Prometheus, started for a test."""

import json
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus (Debian package) is not installed"
)


@dataclass
class Prometheus:
    """A running server's HTTP interface."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return an instant query's samples."""
        return self.get(f"/api/v1/query?query={quote(expression)}")["result"]

    def get(self, path: str) -> Any:
        """Return the data of an answer."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)["data"]

    def firing(self) -> set[tuple[str, str]]:
        """Return alert and objective of everything that fires."""
        found = self.query('ALERTS{alertstate="firing"}')
        return {(s["metric"]["alertname"], s["metric"].get("objective", "")) for s in found}


@contextmanager
def running(folder: Path, config: dict[str, Any]) -> Iterator[Prometheus]:
    """Run a server with its files in ``folder``, where the configuration's own paths begin."""
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            yield Prometheus(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
