"""Run every bench; each prints a table and writes bench-results/<name>.json."""

import argparse
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Run the benches one after the other; one that fails does not stop the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    args = parser.parse_args()
    benches: list[list[str]] = [
        ["embed"],
        ["search"],
        ["memory"],
        ["writing"],
        ["bulk_jobs"],
        ["scaling"],
        ["limits"],
        ["hostile.bodies"],
        ["observability"],
    ]
    if (args.data / "multihop").is_dir():
        benches.append(["agents", "--data", str(args.data)])
        benches.append(["planning", "--data", str(args.data)])
    else:
        print(f"skipped: agents, planning (no folder {args.data / 'multihop'})")
    if (args.data / "vaswani").is_dir():
        benches.append(["quality", str(args.data / "vaswani")])
    else:
        print(f"skipped: quality (no folder {args.data / 'vaswani'}; make bench DATA=…)")
    failed = [command[0] for command in benches if not run(*command)]
    if failed:
        sys.exit(f"brAInwav: these benches failed: {', '.join(failed)}")


def run(name: str, *arguments: str) -> bool:
    """Run one bench and return whether it ended well."""
    command = [sys.executable, "-m", f"scripts.bench.{name}", *arguments]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    main()
