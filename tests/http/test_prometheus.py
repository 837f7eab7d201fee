"""A real Prometheus scrapes figures, loads our rules and calls somebody when errors are induced.

The rules are those that ship but for their windows, which are 150 times shorter: five minutes
are two seconds.
"""

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from live import live
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from reliability.slo_export import names
from reliability.slo_export.prometheus_config import prometheus_config
from reliability.slo_export.prometheus_rules import rules
from reliability.slo_file import load_objectives

OBJECTIVES = load_objectives()
BURNING = "embed-availability"
TIME_SCALE = 1 / 150
STEP = "250ms"
ASK_AGAIN_S = 0.2
DEADLINE_S = 120.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("prometheus") is None, reason="prometheus (Debian package) is not installed"
    ),
]


@dataclass
class Service:
    """Figures whose counters grow by the clock, as the hub would tell them."""

    error_share: float = 0.0
    failed: float = 0.0
    valid: float = 0.0
    told_s: float = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(self.text(time.monotonic()))(scope, receive, send)

    def text(self, now_s: float) -> str:
        """Return every objective's counts; a thousand requests a second for one of them."""
        requests = 1000.0 * min(now_s - self.told_s, 1.0)
        self.told_s, self.valid = now_s, self.valid + requests
        self.failed += requests * self.error_share
        lines = [f"# TYPE {names.VALID} counter", f"# TYPE {names.BAD} counter"]
        for objective in OBJECTIVES:
            burns = objective.name == BURNING
            label = f'{{objective="{objective.name}"}}'
            lines.append(f"{names.VALID}{label} {self.valid if burns else 0.0}")
            lines.append(f"{names.BAD}{label} {self.failed if burns else 0.0}")
        return "\n".join(lines) + "\n"


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


def until(is_so: Callable[[], Any], what: str) -> None:
    """Ask again and again until it is so; the deadline is for a service that never gets there."""
    deadline_s, pause = time.monotonic() + DEADLINE_S, threading.Event()
    while time.monotonic() < deadline_s:
        try:
            if is_so():
                return
        except OSError:
            pass
        # Prometheus needs the core more than the question does.
        pause.wait(ASK_AGAIN_S)
    pytest.fail(f"never: {what}")


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[Prometheus]:
    """Run a server that scrapes ``target`` every quarter of a second."""
    config = prometheus_config("rules.yml")
    config["global"] = {"scrape_interval": STEP, "evaluation_interval": STEP}
    config["scrape_configs"] = config["scrape_configs"][:1]
    config["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
    del config["alerting"]
    made = rules(OBJECTIVES, TIME_SCALE)
    for group in made["groups"]:
        group["interval"] = STEP
    (folder / "rules.yml").write_text(yaml.safe_dump(made))
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


def test_errors_call_somebody_and_their_end_ends_the_call(tmp_path: Path) -> None:
    """Scrape, recorded rates, a page for the route that fails and for no other."""
    service = Service(told_s=time.monotonic())
    page, ticket = ("BrainwavBudgetPage1h", BURNING), ("BrainwavBudgetTicket3d", BURNING)
    with live(service) as url, prometheus(tmp_path, url.removeprefix("http://")) as server:
        until(lambda: server.query(f"{names.burn_rate('1h')} == 0"), "burn rates are recorded")
        loaded = server.get("/api/v1/rules")["groups"]
        assert {rule["health"] for group in loaded for rule in group["rules"]} <= {"ok", "unknown"}
        assert not [alert for alert in server.firing() if alert[1] == BURNING]
        # At 99.9 % that burns five hundred times too fast, however much was good before.
        service.error_share = 0.5
        until(lambda: {page, ticket} <= server.firing(), "the page fires")
        assert {objective for _, objective in server.firing()} <= {BURNING, ""}
        service.error_share = 0.0
        until(lambda: page not in server.firing(), "the page ends")


def test_figures_that_stop_call_somebody(tmp_path: Path) -> None:
    """A hub that answers no more is no silence."""
    service = Service(told_s=time.monotonic())
    absent = ("BrainwavFiguresAbsent", "")
    with live(service) as url, prometheus(tmp_path, url.removeprefix("http://")) as server:
        until(lambda: server.query(names.VALID), "figures are scraped")
        until(lambda: absent not in server.firing(), "the alert of the start ends")
        service.text = lambda now_s: ""  # type: ignore[method-assign]
        until(lambda: absent in server.firing(), "the alert on absent figures fires")
