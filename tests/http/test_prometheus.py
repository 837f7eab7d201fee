"""A real Prometheus scrapes figures, loads our rules and calls somebody when errors are induced.

The rules are those that ship but for their windows, which are 150 times shorter: five minutes
are two seconds.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from reliability.slo.export import names
from reliability.slo.export.prometheus_config import prometheus_config
from reliability.slo.export.prometheus_rules import rules
from reliability.slo.file import load_objectives
from tests.http.live import live
from tests.prometheus_server import Prometheus, needs_prometheus, running
from tests.waiting import until

OBJECTIVES = load_objectives()
BURNING = "embed-availability"
TIME_SCALE = 1 / 150
STEP = "250ms"

pytestmark = [pytest.mark.slow, needs_prometheus]


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
    with running(folder, config) as server:
        yield server


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
