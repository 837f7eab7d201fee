"""`brainwav up` in a process of its own, ended at a moment that its output or its traces show.

    python -m tests.serve.operating.interrupting [MOMENT …]

tries each moment with Ctrl-C and with a kill, each time from nothing: a quarter of an hour.
"""

import json
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from deployments.local import cluster
from tests.serve.conftest import free_port
from tests.serve.operating.running import Running, up
from tests.waiting import until

Reached = Callable[[Running], bool]
STARTING = ("starting Ray", "Ray runs already")
LATER = "deploying"
"""Said after Ray has come up."""


def _record(run: Running) -> bool:
    return run.said(*STARTING) and (run.home / "cluster.json").exists()


def _marked(run: Running) -> bool:
    return run.said(*STARTING) and cluster.recorded(run.home) is not None


def _answers(name: str) -> Reached:
    def answers(run: Running) -> bool:
        if not run.said(*STARTING):
            return False
        try:
            port = json.loads((run.home / "cluster.json").read_text())["ports"][name]
        except (OSError, ValueError):
            return False
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return answers


def _rolling(run: Running) -> bool:
    return run.said("MetricsHub 0/", "MetricsHub 1/")


def _half(run: Running) -> bool:
    return run.said("IndexWriter 1/1")


def _whole(run: Running) -> bool:
    return any(line.count("1/1") == 9 for line in list(run.lines))


MOMENTS: dict[str, Reached] = {
    "at once": lambda run: True,
    "it has looked at the machine": lambda run: run.said("looked at"),
    "it starts Ray": lambda run: run.said(*STARTING),
    "what it starts is recorded": _record,
    "the first process runs": _marked,
    "Ray's GCS answers": _answers("gcs"),
    "the dashboard answers": _answers("dashboard"),
    "it deploys": lambda run: run.said(LATER),
    "Serve builds": lambda run: run.said("building") or _rolling(run),
    "replicas start": _rolling,
    "some replicas run": _half,
    "all replicas run": _whole,
}
"""In their order. Each is told by what stays, so that one that was missed has been reached too."""


def interrupted(home: Path, port: int, moment: str, number: signal.Signals) -> Running:
    """Return an `up` that was ended at a moment."""
    run = up(home, port)
    until(lambda: MOMENTS[moment](run) or run.over, moment)
    run.end(number)
    return run


def main() -> None:
    """Try moments with each signal; exit status 1 if one is not recovered from."""
    failed = 0
    for moment in sys.argv[1:] or MOMENTS:
        for number in (signal.SIGINT, signal.SIGKILL):
            with tempfile.TemporaryDirectory(prefix="interrupted ") as name:
                failed += not _recovers(Path(name) / "home", moment, number)
    sys.exit(failed > 0)


def _recovers(home: Path, moment: str, number: signal.Signals) -> bool:
    port = free_port()
    interrupted(home, port, moment, number)
    begun_s = time.monotonic()
    again = up(home, port)
    ready = again.wait() == 0 and httpx.get(f"http://127.0.0.1:{port}/health/ready").is_success
    up_s, begun_s = time.monotonic() - begun_s, time.monotonic()
    stopped = Running(home, "down").wait() == 0
    down_s = time.monotonic() - begun_s
    word = "ready" if ready and stopped else "NOT READY"
    print(f"{number.name:7} {moment:30} {word} {up_s:5.1f} s, down {down_s:4.1f} s", flush=True)
    if not ready:
        print("\n".join(again.lines), flush=True)
    return ready and stopped


if __name__ == "__main__":
    main()
