"""What a killed process had answered is found in its ring, no more and no less."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.aggregate import MetricSource
from telemetry.journal import Answered, Journal, orphans

PROJECT = Path(__file__).resolve().parents[3]
SOURCE = MetricSource("Ingress", "r1", "1-2")
WRITER = """
import os, sys, time
from pathlib import Path
from telemetry.aggregate import MetricSource
from telemetry.journal import Answered, Journal
ring = Journal(Path(sys.argv[1]), MetricSource("Ingress", "r1", "1-2"))
for number in range(int(sys.argv[2])):
    ring.append(Answered(number // 3, "POST", "/documents/{document_id}", 200, 0.5, None))
print("written", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_what_it_answered(tmp_path) -> None:
    """While it lives nobody touches the ring; killed, every record is there."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path), "10"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    assert list(orphans(tmp_path)) == []
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    [orphan] = orphans(tmp_path)
    assert orphan.source == SOURCE
    assert [request.after for request in orphan.answered] == [n // 3 for n in range(10)]
    assert orphan.answered[0] == Answered(0, "POST", "/documents/{document_id}", 200, 0.5, None)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5), st.lists(st.integers(100, 599), max_size=12))
def test_a_full_ring_keeps_the_latest(tmp_path_factory, capacity: int, statuses: list[int]) -> None:
    """In the order in which they were written."""
    folder = tmp_path_factory.mktemp("ring")
    ring = Journal(folder, SOURCE, capacity)
    for status in statuses:
        ring.append(Answered(1, "GET", "/x", status, 0.1, 2.5))
    kept = folder / "kept.ring"
    kept.write_bytes(ring.path.read_bytes())
    ring.remove()
    [orphan] = orphans(folder)
    assert [request.status for request in orphan.answered] == statuses[-capacity:]
    assert all(request.energy_j == 2.5 for request in orphan.answered)


def test_what_was_pushed_is_removed_and_what_is_no_ring_is_left(tmp_path) -> None:
    """A file of another kind is nobody's orphan."""
    Journal(tmp_path, SOURCE, 4).remove()
    (tmp_path / "other.ring").write_bytes(b"something else entirely" * 40)
    (tmp_path / "empty.ring").touch()
    assert list(orphans(tmp_path)) == []
    assert len(list(tmp_path.iterdir())) == 2
