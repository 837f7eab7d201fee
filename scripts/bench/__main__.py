"""Run benches; each prints a table and writes bench-results/<name>.json.

With `--write` a run takes the place of the bench's last one in docs/reference/benchmarks.json, and
the page of benchmarks is written anew: its tables are never edited by hand.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.reference.benchmarks import write_page
from scripts.reference.results import WRITE

NEED_NOTHING = (
    "embed",
    "search",
    "search_over_http",
    "memory",
    "writing",
    "bulk_jobs",
    "scaling",
    "limits",
    "hostile.bodies",
    "observability",
)
"""Benches of `make bench` that make their own data."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benches one after the other; one that fails does not stop the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="By default those of make bench.")
    parser.add_argument("--write", action="store_true", help="Keep what was measured.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--set", type=Path, help="Judged photographs, for `photographs`.")
    args = parser.parse_args(arguments)
    if args.write:
        os.environ[WRITE] = "1"
    with_data = dict(_with_data(args.data))
    if args.set is not None:
        with_data["photographs"] = ("--set", str(args.set))
    names = args.names or [*NEED_NOTHING, *with_data]
    failed = [name for name in names if not run(name, *with_data.get(name, ()))]
    if args.write:
        write_page()
    if failed:
        sys.exit(f"brAInwav: these benches failed: {', '.join(failed)}")


def _with_data(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the benches whose questions are at hand, with their arguments."""
    if (folder / "multihop").is_dir():
        yield "agents", ("--data", str(folder))
        yield "planning", ("--data", str(folder))
        yield "passages", ("--data", str(folder / "multihop"))
    else:
        print(f"skipped: agents, planning, passages (no folder {folder / 'multihop'})")
    if (folder / "multihop").is_dir() and (folder / "vaswani").is_dir():
        yield "words.relevance", (str(folder),)
    if (folder / "vaswani").is_dir():
        yield "quality", (str(folder / "vaswani"),)
        yield "words.typos", (str(folder / "vaswani"),)
        yield "words.suggestions", (str(folder / "vaswani"),)
    else:
        print(f"skipped: quality, words (no folder {folder / 'vaswani'}; make bench DATA=…)")


def run(name: str, *arguments: str) -> bool:
    """Run one bench and return whether it ended well."""
    command = [sys.executable, "-m", f"scripts.bench.{name}", *arguments]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    main()
