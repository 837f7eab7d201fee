"""Results that are kept: docs/reference/benchmarks.json, and what a run of a bench puts there."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
KEPT = PROJECT / "docs" / "reference" / "benchmarks.json"
WRITE = "BRAINWAV_BENCH_WRITE"
"""Set by `python -m scripts.bench --write` for the benches that it runs."""
Rows = Sequence[Mapping[str, Any]]
Results = Mapping[str, Mapping[str, Any]]
"""By the bench's name: title, how it is run, date, commit, machine, rows."""


def keep_if_asked(name: str, rows: Rows, path: Path = KEPT) -> None:
    """Put a run's rows into the file, where this run was told to."""
    if not os.environ.get(WRITE):
        return
    kept = json.loads(path.read_text(encoding="utf-8"))
    run = f"python -m scripts.bench {name}"
    changed = with_run(kept, name, rows, run, today(), commit(PROJECT), machine())
    path.write_text(as_text(changed), encoding="utf-8")


def with_run(
    kept: Results, name: str, rows: Rows, run: str, date: str, commit: str, machine: str
) -> Results:
    """Return the results with this run in place of the bench's last; its title stays."""
    before = kept.get(name, {})
    texts = [{key: str(value) for key, value in row.items()} for row in rows]
    entry = {
        "title": before.get("title", name),
        "run": before.get("run", run),
        "date": date,
        "commit": commit,
        "machine": machine,
        "rows": texts,
    }
    return {**kept, name: entry}


def as_text(results: Results) -> str:
    """Return the file's text: a line a value, so that changes are seen."""
    return json.dumps(results, indent=1, ensure_ascii=False) + "\n"


def today() -> str:
    """Return the date in UTC."""
    return datetime.now(UTC).date().isoformat()


def commit(project: Path) -> str:
    """Return the commit that was measured, and whether files differed from it."""
    head = _git(project, "rev-parse", "--short", "HEAD").strip()
    changed = _git(project, "status", "--porcelain", "--untracked-files=no").strip()
    return f"{head} and changes" if changed else head


def _git(project: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout


def machine(cpu: Path = Path("/proc/cpuinfo"), memory: Path = Path("/proc/meminfo")) -> str:
    """Return in words what ran it: cores this process may use, their kind, memory."""
    names = [
        line.partition(":")[2].strip()
        for line in cpu.read_text().splitlines()
        if line.startswith("model name")
    ]
    total_kib = int(memory.read_text().split("MemTotal:")[1].split()[0])
    kind = names[0] if names else "unknown processor"
    return f"{len(os.sched_getaffinity(0))} cores of {kind}, {total_kib / 2**20:.0f} GiB"
