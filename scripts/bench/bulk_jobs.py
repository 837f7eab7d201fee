"""Bulk indexing: against the bare model, killed twice at random, and beside people who search.

Three parts, each with a service of its own and an empty index:

whole     the whole folder through `bulk_index.py`; before it and when its index has settled the
          ceiling: the running service's model in one process, over the same files: read,
          decode, encode on as many threads as the service has, nothing stored
killed    the same folder, killed twice at random and resumed
beside    searches at a fixed rate, before the job and during it
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import lancedb
import numpy as np

from retrieval.catalogue.products import products
from retrieval.store.schema import table_of
from scripts.bench.support.http_load import ConnectionGroup, begin, finish
from scripts.bench.support.service import PORT, PROJECT, report, row, service, url

NAMESPACE, KILLED = "bulk", "killed"
SHARD_ITEMS = 500
"""What `bulk_index.py` does by default."""
CEILING_S = 15.0
SEARCHES_PER_S = 8
QUIET_S = 25.0
SETTLE_S = 20.0
"""For the job to start and to find its pace."""
JOB_TIMEOUT_S = 3600
IDLE_TIMEOUT_S = 180.0
IDLE_WINDOW_S = 6.0
"""Longer than the pause between two rounds of upkeep."""
IDLE_CORES = 0.5


def main() -> None:
    """Parse arguments, run the parts, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--pictures", type=Path, help="a folder drawn before (it is not changed)")
    parser.add_argument("--model", default="brainwav-demo")
    parser.add_argument("--pretrained")
    parser.add_argument("--cpus", type=float, default=1.01, help="CPU share of the Embedder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=PARTS)
    args = parser.parse_args()
    model = {"model": args.model, "pretrained": args.pretrained}
    rows: list[dict[str, Any]] = []
    parts = PARTS if args.only is None else (args.only,)
    with tempfile.TemporaryDirectory(prefix="brainwav-bulk-") as temporary:
        pictures = chosen(args.pictures, Path(temporary), args.count)
        for part in parts:
            with service(model, args.cpus) as state:
                rows += PARTS[part](state, pictures, model, args)
    name = "bulk-jobs" if args.only is None else f"bulk-jobs-{args.only}"
    report(name, rows, {"model": args.model, "count": args.count, "cpus": args.cpus})


def whole_rows(
    state: Path, pictures: Path, model: dict[str, Any], args: argparse.Namespace
) -> list[dict[str, Any]]:
    """Measure the ceiling, then the job, then the ceiling again."""
    count = len(list(pictures.iterdir()))
    health = httpx.get(url("/health"), timeout=30).json()["components"]["embedder"]
    bare = ["-m", "scripts.bench.support.bulk_ceiling", str(pictures)]
    bare += [str(health["threads"]), health["precision"], str(CEILING_S), json.dumps(model)]

    def ceiling() -> float:
        done = subprocess.run([sys.executable, *bare], check=True, capture_output=True, text=True)
        return float(done.stdout.split()[-1])

    before = ceiling()
    start_s = time.perf_counter()
    worked_s = run_whole(state, pictures)
    whole_s = time.perf_counter() - start_s
    settled_s = await_idle()
    after = ceiling()
    rate, best = count / worked_s, (before + after) / 2
    baseline = f"bare model {before:.4g}/s before and {after:.4g}/s when the index had settled"
    return [
        row(
            f"{args.model}: indexed pictures/s",
            rate,
            "",
            None,
            f"{count / whole_s:.4g}/s with the start of its process",
        ),
        row(
            f"{args.model}: of the bare model's rate",
            rate / best,
            "≥ 0.85",
            rate >= 0.85 * best,
            baseline,
        ),
        row("index settled after s", settled_s, "", None, f"{count} pictures"),
    ]


def await_idle() -> float:
    """Return the seconds until the machine does next to nothing: the index has settled."""
    start_s = time.perf_counter()
    while time.perf_counter() - start_s < IDLE_TIMEOUT_S:
        busy = busy_s()
        time.sleep(IDLE_WINDOW_S)
        if busy_s() - busy < IDLE_CORES * IDLE_WINDOW_S:
            break
    return time.perf_counter() - start_s


def busy_s() -> float:
    """Return the CPU seconds that all cores have worked since the machine started."""
    user, nice, system, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def killed_rows(
    state: Path, pictures: Path, model: dict[str, Any], args: argparse.Namespace
) -> list[dict[str, Any]]:
    """Kill the job twice, resume it and count."""
    count = len(list(pictures.iterdir()))
    kills = run_killed(state, pictures, random.Random(args.seed), count)
    missing, twice = compare(state, count)
    return [
        row("kills at s", len(kills), "2", len(kills) == 2, ", ".join(f"{at:.1f}" for at in kills)),
        row("items missing after two kills", missing, "0", missing == 0, f"of {count}"),
        row("items twice after two kills", twice, "0", twice == 0, f"of {count}"),
    ]


def run_whole(state: Path, pictures: Path) -> float:
    """Run the job to its end; return the seconds from its first shard to its last."""
    process = job(state, pictures, NAMESPACE)
    output, _ = process.communicate(timeout=JOB_TIMEOUT_S)
    if process.returncode:
        raise RuntimeError(f"the job ended with {process.returncode}")
    print(output.decode())
    return float(output.decode().split(" by this run in ")[1].split(" s,")[0])


def run_killed(state: Path, pictures: Path, rng: random.Random, count: int) -> list[float]:
    """Run the job into another namespace, SIGKILL it twice at random, and let it end.

    At random within its work, not within the start of its process: some moment after so many
    more shards, of which each kill leaves at least half of the rest.
    """
    kills: list[float] = []
    left = -(-count // SHARD_ITEMS)
    for _ in range(2):
        process, start_s = job(state, pictures, KILLED), time.perf_counter()
        more = rng.randint(1, max(1, left // 2))
        wait_for_shards(state / KILLED, process, more)
        time.sleep(rng.uniform(0, 0.5))
        os.killpg(process.pid, signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            kills.append(time.perf_counter() - start_s)
        left -= more
    last = job(state, pictures, KILLED)
    last.communicate(timeout=JOB_TIMEOUT_S)
    if last.returncode:
        raise RuntimeError(f"the job ended with {last.returncode}")
    return kills


def wait_for_shards(folder: Path, process: subprocess.Popen, more: int) -> None:
    """Return when the job has noted so many more shards, or ended."""
    wanted = noted(folder) + more
    while process.poll() is None and noted(folder) < wanted:
        time.sleep(0.05)


def noted(folder: Path) -> int:
    """Return how many shards a job has noted as done."""
    recorded = folder / "checkpoint.jsonl"
    return len(recorded.read_bytes().splitlines()) if recorded.exists() else 0


def job(state: Path, pictures: Path, namespace: str) -> subprocess.Popen:
    """Start `bulk_index.py`."""
    command = [sys.executable, str(PROJECT / "scripts" / "bulk_index.py"), str(pictures)]
    command += ["--state", str(state), "--namespace", namespace, "--job", str(state / namespace)]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)


def compare(state: Path, count: int) -> tuple[int, int]:
    """Return how many items are missing, and how many are there more than once."""
    table = lancedb.connect(str(state / "index")).open_table(table_of(KILLED))
    ids = table.search().select(["id"]).limit(count * 2).to_arrow()["id"].to_pylist()
    return count - len(set(ids)), len(ids) - len(set(ids))


def beside_rows(
    state: Path, pictures: Path, model: dict[str, Any], args: argparse.Namespace
) -> list[dict[str, Any]]:
    """Measure searches before a job and during it."""
    seed_index(state)
    [quiet] = finish(begin(PORT, [searches(QUIET_S)]))
    # Searches first: a job that is alone does not hold back, and would be done too soon.
    load = begin(PORT, [searches(SETTLE_S + QUIET_S)])
    start_s = time.perf_counter()
    process = job(state, pictures, NAMESPACE)
    time.sleep(SETTLE_S)
    before, measured_s = done_items(state), time.perf_counter()
    [busy] = finish(load)
    rate = (done_items(state) - before) / (time.perf_counter() - measured_s)
    still_running = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if not still_running:
        raise RuntimeError("the job ended before the searches did: use more pictures")
    settled = busy.latencies_ms[int(SETTLE_S * SEARCHES_PER_S) :]
    quiet_ms, busy_ms = (float(np.percentile(some, 95)) for some in (quiet.latencies_ms, settled))
    failed = sum(busy.statuses.values()) - busy.count(200) + busy.unanswered
    told = f"{failed} failed, {len(settled)} counted, {measured_s - start_s:.0f} s after its start"
    return [
        row("search p95 ms, quiet", quiet_ms, "", None, f"{SEARCHES_PER_S} a second"),
        row("search p95 ms, beside a job", busy_ms, "", None, f"the job did {rate:.0f} items/s"),
        row("ratio", busy_ms / quiet_ms, "≤ 2", busy_ms <= 2 * quiet_ms, told),
    ]


def seed_index(state: Path) -> None:
    """Give the searches something to find."""
    documents = [
        {"id": product.sku, "text": f"{product.name}. {product.description}"}
        for product in products(500)
    ]
    for at in range(0, len(documents), 100):
        body = {"namespace": "people", "documents": documents[at : at + 100]}
        httpx.put(url("/documents"), json=body, timeout=120).raise_for_status()


def searches(seconds: float) -> ConnectionGroup:
    """Return a load of searches at a fixed rate."""
    heads = []
    for colour in ("red", "blue", "green", "yellow"):
        body = json.dumps({"namespace": "people", "query": f"a {colour} mug with dots"})
        heads.append(
            f"POST /search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
    return ConnectionGroup(
        heads, connections=4, seconds=seconds, rate=SEARCHES_PER_S, latencies=True
    )


def done_items(state: Path) -> int:
    """Return how many items the job has acknowledged so far."""
    recorded = state / NAMESPACE / "checkpoint.jsonl"
    lines = recorded.read_text().splitlines() if recorded.exists() else []
    return sum(json.loads(line)["written"] for line in lines)


def chosen(given: Path | None, temporary: Path, count: int) -> Path:
    """Return a folder of so many pictures: of those that are given, or drawn now."""
    if given is None:
        command = [sys.executable, str(PROJECT / "scripts" / "make_demo_catalogue.py")]
        subprocess.run([*command, "--out", str(temporary), "--count", str(count)], check=True)
        return temporary / "pictures"
    files = sorted(given.glob("*.png"))[:count]
    if len(files) < count:
        sys.exit(f"{given} holds {len(files)} pictures, not {count}")
    folder = temporary / "pictures"
    folder.mkdir()
    for file in files:
        (folder / file.name).symlink_to(file.resolve())
    return folder


PARTS = {"whole": whole_rows, "killed": killed_rows, "beside": beside_rows}


if __name__ == "__main__":
    main()
