"""`brainwav logs`: lines of all deployments in one order, and one request through all of them."""

import json
from pathlib import Path

import pytest

from deployments.local import log_lines
from tests.unit.commands.conftest import Call

ID = "35783e761cda41d2b64f953035dd66bd"


def line(component: str, second: int, request: str | None, **more: object) -> str:
    fields = {"component": component, "replica": "r1", "event": f"{component}.done"}
    fields |= {"level": "info", "timestamp": f"2026-11-30T12:00:{second:02}.000000Z"}
    if request:
        fields |= {"request_id": request, "trace_id": "t" * 32}
    return json.dumps(fields | more) + "\n"


@pytest.fixture
def folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Logs of two sessions and two nodes, as Ray and our deployments lay them down."""
    ray = tmp_path / "r"
    monkeypatch.setattr(log_lines, "ray_folder", lambda home: ray)
    serve = ray / "session_1" / "logs" / "serve"
    other = ray / "session_2" / "logs" / "serve"
    for each in (serve, other):
        each.mkdir(parents=True)
    (ray / "session_latest").symlink_to(ray / "session_1")
    (serve / "brainwav_Ingress_a.jsonl").write_text(line("Ingress", 5, ID) + "not JSON\n[1]\n")
    (serve / "brainwav_Ingress_a.jsonl.1").write_text(line("Ingress", 1, "another"))
    (serve / "brainwav_Planner_b.jsonl").write_text(line("Planner", 2, ID))
    (serve / "brainwav_HybridSearch_c.jsonl").write_text(line("HybridSearch", 4, ID, hits=3))
    (other / "brainwav_ThoughtBranch_d.jsonl").write_text(
        line("ThoughtBranch", 3, ID, level="warning") + line("ThoughtBranch", 6, None)
    )
    (serve / "replica_brainwav_Embedder_e.log").write_text(
        json.dumps(
            {"asctime": "2026-11-30 12:00:00,500", "levelname": "INFO", "message": "started"}
        )
        + "\n"
    )
    return ray


def events(output: str) -> list[str]:
    return [text.split()[3] for text in output.splitlines() if text.startswith("20")]


def test_a_request_is_followed_through_every_deployment(call: Call, folder: Path) -> None:
    """In the order of time, whichever file and session holds a line; its trace's id does too."""
    whole = ["Planner.done", "ThoughtBranch.done", "HybridSearch.done", "Ingress.done"]
    assert events(call("logs", "--request", ID).output) == whole
    assert events(call("logs", "--request", "t" * 32).output)[-4:] == whole
    assert "hits=3" in call("logs", "--request", ID).output


def test_the_last_lines_are_shown_without_one(call: Call, folder: Path) -> None:
    """Rotated files count, a link to a session doubles nothing, what is no JSON is passed over."""
    shown = call("logs").output
    assert len(events(shown)) == 7
    assert events(call("logs", "-n", 1).output) == ["ThoughtBranch.done"]
    assert "started" in shown


def test_lines_are_chosen_by_deployment_and_severity(call: Call, folder: Path) -> None:
    """As whole JSON lines for other programs, if asked."""
    assert events(call("logs", "--component", "planner").output) == ["Planner.done"]
    assert events(call("logs", "--level", "warning").output) == ["ThoughtBranch.done"]
    chosen = call("logs", "--component", "HybridSearch", "--json").stdout
    assert json.loads(chosen)["hits"] == 3


def test_a_request_that_is_nowhere_is_no_empty_answer(call: Call, folder: Path) -> None:
    """Exit status 1 and a reason."""
    done = call("logs", "--request", "nobody")
    assert done.exit_code == 1
    assert "no line of request nobody" in done.output


def test_a_component_that_there_is_not_is_no_silence(call: Call, folder: Path) -> None:
    """One that has nothing to say at a level is."""
    done = call("logs", "--component", "Planer")
    assert done.exit_code == 1
    assert "no component is called Planer" in done.output
    assert "HybridSearch, Ingress, Planner" in done.output
    assert call("logs", "--component", "Planner", "--level", "error").exit_code == 0
