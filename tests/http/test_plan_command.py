"""`scripts/plan.py` against the real application on a loopback port."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import build_app
from api.bodies.limits import RequestLimits
from tests.fakes import LocalBackend
from tests.http.live import live

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "plan.py"
PASSAGES = {
    "Stern Kessel": "Stern Kessel is a film directed by Ada Lind.",
    "Ada Lind": "Ada Lind was born in Norrtal in 1901.",
    "Norrtal": "Norrtal is a town on the river Mave.",
}
GOAL = "Where was the director of Stern Kessel born?"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    backend = LocalBackend(tmp_path_factory.mktemp("index"))
    with live(build_app(backend, RequestLimits())) as url:
        documents = [
            {"id": f"d{n}", "text": text, "metadata": {"title": title}}
            for n, (title, text) in enumerate(PASSAGES.items(), start=1)
        ]
        body = {"namespace": "films", "documents": documents}
        assert httpx.put(f"{url}/documents", json=body).json()["failed"] == []
        yield url


def plan(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--url", url, "--namespace", "films", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_tree_the_plan_and_the_results_are_shown(url: str) -> None:
    """Progress goes to stderr, a line a level where that is no terminal."""
    done = plan(url, GOAL, "--strategy", "tot", "--reflect")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("* n0")
    for part in ("\nplan\n", "\nresults\n", "d2", "reflection: quality"):
        assert part in done.stdout
    assert "thoughts," in done.stderr


def test_the_whole_answer_is_there_as_json(url: str) -> None:
    """For other programs; bounds are passed on."""
    done = plan(url, GOAL, "--json", "--max-nodes", "1")
    assert json.loads(done.stdout)["stop_reason"] == "budget_nodes"


def test_a_refusal_is_said_in_the_words_of_the_service(url: str) -> None:
    """And a service that is not there is named."""
    assert "unknown strategy 'guess'" in plan(url, GOAL, "--strategy", "guess").stderr
    assert "http://127.0.0.1:1" in plan("http://127.0.0.1:1", GOAL).stderr
