"""Hostile bodies beside a quiet client: what it feels, what the Ingress holds, what they are told.

Keys are in force: sixteen hostile clients, one body of each at once, and a quiet one. Three phases
on one service: the quiet client alone, beside 16 valid bodies, beside 16 hostile ones. Every
load is a process of its own on the same cores, and its CPU is told apart.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from api.access.rate_settings import Overload
from api.bodies.limits import MIB
from deployments.local import cluster, processes
from reliability.identity.api_keys import issue, write_keys
from scripts.bench.support.http_load import ConnectionGroup, GroupAnswers, begin, finish
from scripts.bench.support.service import PORT, report, row, service, url

AT_ONCE = 16
QUIET_PER_S = 20.0
FLOOR_MS = 100.0
WITHIN_S = 1.0
SPARE_MIB = 64
SAMPLE_S = 0.1
INGRESS = "ray::ServeReplica:brainwav:Ingress"


@dataclass
class Phase:
    """What was seen while one load ran."""

    live: GroupAnswers
    search: GroupAnswers
    answers: list[dict[str, Any]]
    load_cpu_s: float
    ingress_cpu_s: float
    memory_mib: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    """How late the load looked at what came: so much of an answer's time may be its own."""

    def p99(self, told: GroupAnswers) -> float:
        """Return the 99th percentile of a quiet group, in milliseconds."""
        times = sorted(told.latencies_ms)
        return times[min(len(times) - 1, int(0.99 * len(times)))]


def main() -> None:
    """Run the three phases and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0)
    args = parser.parse_args()
    keys = [issue(f"bench {n}", "client", None, now()) for n in range(AT_ONCE + 1)]

    def change(config: dict[str, Any], state: Path) -> None:
        write_keys(state / "keys.json", {key.id: key for key, _ in keys})
        config["applications"][0]["args"]["identity"] = {"keys_file": str(state / "keys.json")}

    texts = [text for _, text in keys]
    with service({"model": "brainwav-demo"}, change=change) as state:
        running = cluster.recorded(state)
        assert running is not None
        pid = ingress_of(running.instance)
        seed(texts[0])
        watch(pid, "none", 5.0, texts)  # Everything was used once before it is measured.
        idle_mib = resident_mib(pid)
        phases = {
            what: watch(pid, what, args.seconds, texts) for what in ("none", "valid", "hostile")
        }
    tell(phases, idle_mib)


def watch(pid: int, what: str, seconds: float, keys: Sequence[str]) -> Phase:
    """Run the quiet client beside a load and return what both were answered."""
    before_s = cpu_s(pid)
    with sampled(pid) as memory_mib:
        quiet = begin(
            PORT, [quiet_group(LIVE, keys[0], seconds), quiet_group(SEARCH, keys[0], seconds)]
        )
        load = None
        if what != "none":
            job = {
                "port": PORT,
                "kind": what,
                "seconds": seconds - 2,
                "at_once": AT_ONCE,
                "keys": [f"X-API-Key: {key}\r\n" for key in keys[1:]],
            }
            load = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("load.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        told = load.communicate(json.dumps(job).encode(), timeout=seconds + 120)[0] if load else b""
        live, search = finish(quiet)
    answers = json.loads(told) if told else {"answers": [], "cpu_s": 0.0, "late_s": []}
    used_s = cpu_s(pid) - before_s
    told_s = answers["cpu_s"], used_s
    return Phase(live, search, answers["answers"], *told_s, memory_mib, answers["late_s"])


LIVE = "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
QUERY = '{"query": "a red mug", "limit": 3, "mode": "keyword"}'
SEARCH = (
    "POST /search HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\n"
    f"Content-Type: application/json\r\nContent-Length: {len(QUERY)}\r\n\r\n"
)


def quiet_group(request: str, key: str, seconds: float) -> ConnectionGroup:
    """Return one connection that asks at a fixed rate, whatever the answers take."""
    head = request.replace("{key}", key) + (QUERY if request is SEARCH else "")
    return ConnectionGroup([head], 1, seconds, rate=QUIET_PER_S, latencies=True)


def tell(phases: Mapping[str, Phase], idle_mib: float) -> None:
    """Print each measurement beside its bar and its baseline."""
    quiet, valid, hostile = phases["none"], phases["valid"], phases["hostile"]
    rows = []
    for name in ("live", "search"):
        alone, beside, under = (
            phase.p99(getattr(phase, name)) for phase in (quiet, valid, hostile)
        )
        bar = max(FLOOR_MS, 3 * alone)
        rows.append(
            row(
                f"p99 ms of a quiet client's {name}, 16 hostile bodies at once",
                under,
                f"≤ {bar:.0f}",
                under <= bar,
                f"alone {alone:.1f}, beside 16 valid {beside:.1f}",
            )
        )
        late = getattr(hostile, name)
        rows.append(
            row(
                f"requests of it that were late, {name}",
                late.late,
                "reported",
                None,
                f"of {len(late.latencies_ms)}; not 200: {len(late.latencies_ms) - late.count(200)}",
            )
        )
    most_mib = Overload().max_body_bytes_at_once / MIB + SPARE_MIB
    for name, phase in phases.items():
        gained = max(phase.memory_mib) - idle_mib
        rows.append(
            row(
                f"MiB the Ingress gained at most, {name}",
                gained,
                f"≤ {most_mib:.0f}",
                gained <= most_mib if name == "hostile" else None,
                f"idle {idle_mib:.0f}",
            )
        )
    wrong = [answer for answer in hostile.answers if not is_refusal(answer)]
    slow = [answer for answer in hostile.answers if answer["took_s"] > WITHIN_S]
    slowest = max(answer["took_s"] for answer in hostile.answers)
    rows.append(
        row(
            "answers that are no 4xx and no 503 with Retry-After",
            len(wrong),
            "0",
            not wrong,
            f"of {len(hostile.answers)}",
        )
    )
    rows.append(
        row(
            "slowest answer to a hostile body, s",
            slowest,
            f"≤ {WITHIN_S:g}",
            not slow,
            f"{len(slow)} of {len(hostile.answers)} took longer",
        )
    )
    for name, phase in phases.items():
        rows.append(
            row(
                f"CPU s of the Ingress, {name}",
                phase.ingress_cpu_s,
                "reported",
                None,
                f"the load's own {phase.load_cpu_s:.1f}",
            )
        )
    rows.append(
        row(
            "how late the load itself looked, s",
            max(hostile.late_s, default=0.0),
            "reported",
            None,
            f"{sum(late_s > 0.25 for late_s in hostile.late_s)} times over 0.25 s",
        )
    )
    by_route = Counter((answer["route"], answer["status"]) for answer in hostile.answers)
    for (route, status), count in sorted(by_route.items()):
        times = [
            a["took_s"] for a in hostile.answers if (a["route"], a["status"]) == (route, status)
        ]
        rows.append(
            row(f"{route} {status}", count, "reported", None, f"slowest {max(times):.2f} s")
        )
    report("hostile", rows, {"wrong": wrong, "slow": slow, "memory_mib": hostile.memory_mib})


def is_refusal(answer: Mapping[str, Any]) -> bool:
    """Whether a hostile body was answered as it should be."""
    status = answer["status"]
    return 400 <= status < 500 or (status == 503 and answer["retry_after"])


def seed(key: str) -> None:
    """Give the quiet client something to find."""
    documents = [{"id": f"d{n}", "text": f"a red mug number {n}"} for n in range(200)]
    answer = httpx.put(
        url("/documents"), json={"documents": documents}, headers={"X-API-Key": key}, timeout=120
    )
    answer.raise_for_status()


@contextmanager
def sampled(pid: int) -> Iterator[list[float]]:
    """Note a process' resident MiB ten times a second."""
    sizes, over = [resident_mib(pid)], threading.Event()

    def sample() -> None:
        while not over.wait(SAMPLE_S):
            sizes.append(resident_mib(pid))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield sizes
    finally:
        over.set()
        thread.join()


def resident_mib(pid: int) -> float:
    """Return what a process has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / MIB


def cpu_s(pid: int) -> float:
    """Return the CPU seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def ingress_of(instance: str) -> int:
    """Return the process of the one Ingress replica."""
    for pid in processes.marked(instance):
        try:
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if title.startswith(INGRESS.encode()):
            return pid
    raise RuntimeError("no Ingress runs")


def now() -> str:
    """Return the time as keys carry it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    started_s = time.monotonic()
    main()
    print(f"took {time.monotonic() - started_s:.0f} s", file=sys.stderr)
