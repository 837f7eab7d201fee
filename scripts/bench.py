"""Run every bench; each prints a table and writes bench-results/<name>.json."""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Run the benches one after the other; one that fails does not stop the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    args = parser.parse_args()
    benches: list[list[str]] = [
        ["bench_embed.py"],
        ["bench_search.py"],
        ["bench_memory.py"],
        ["bench_writing.py"],
        ["bench_bulk_jobs.py"],
        ["bench_scaling.py"],
        ["bench_limits.py"],
        ["bench_hostile.py"],
        ["bench_truth.py"],
    ]
    if (args.data / "multihop").is_dir():
        benches.append(["bench_agents.py", "--data", str(args.data)])
        benches.append(["bench_planning.py", "--data", str(args.data)])
    else:
        print(f"skipped: bench_agents.py, bench_planning.py (no folder {args.data / 'multihop'})")
    if (args.data / "vaswani").is_dir():
        benches.append(["bench_quality.py", str(args.data / "vaswani")])
    else:
        print(f"skipped: bench_quality.py (no folder {args.data / 'vaswani'}; make bench DATA=…)")
    failed = [
        command[0]
        for command in benches
        if subprocess.run([sys.executable, str(HERE / command[0]), *command[1:]]).returncode
    ]
    if failed:
        sys.exit(f"brAInwav: these benches failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
