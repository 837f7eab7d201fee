"""Tell which branches the quick tests never take, by package, beside the bars.

Reads the JSON report of coverage.py (`make coverage` makes it). Code that runs only in processes of
a cluster is not seen, so packages that start things have no bar of their own.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PURE = ("agents", "reliability", "retrieval", "storage", "sustainability", "telemetry")
"""Packages that start nothing and serve nothing."""
PURE_PERCENT, ALL_PERCENT = 95.0, 90.0
SHOWN = 15


@dataclass(frozen=True, slots=True)
class BranchCount:
    """Branches of one or more files."""

    branches: int = 0
    taken: int = 0

    def __add__(self, other: "BranchCount") -> "BranchCount":
        return BranchCount(self.branches + other.branches, self.taken + other.taken)

    @property
    def percent(self) -> float:
        """Return the share that was taken; code without branches lacks none."""
        return 100.0 * self.taken / self.branches if self.branches else 100.0

    @property
    def missed(self) -> int:
        """Return how many never were."""
        return self.branches - self.taken


def by_package(files: Mapping[str, Any]) -> dict[str, BranchCount]:
    """Add up the files of each top package.

    Args:
        files: ``files`` of the report: a path, and its ``summary``.
    """
    packages: dict[str, BranchCount] = defaultdict(BranchCount)
    for path, file in files.items():
        packages[path.partition("/")[0]] += counted(file)
    return dict(packages)


def counted(file: Mapping[str, Any]) -> BranchCount:
    """Return the branches of one file of the report."""
    summary = file["summary"]
    return BranchCount(summary["num_branches"], summary["covered_branches"])


def short_of(packages: Mapping[str, BranchCount]) -> list[str]:
    """Return what is under its bar, in words."""
    short = [
        f"{name}: {packages[name].percent:.1f} % of {PURE_PERCENT:g}"
        for name in PURE
        if name in packages and packages[name].percent < PURE_PERCENT
    ]
    whole = sum(packages.values(), BranchCount())
    if whole.percent < ALL_PERCENT:
        short.append(f"all: {whole.percent:.1f} % of {ALL_PERCENT:g}")
    return short


def main() -> int:
    """Print packages, and the files that lack most; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    files: dict[str, Any] = json.loads(parser.parse_args().report.read_text())["files"]
    packages = by_package(files)
    for name, branches in sorted(packages.items()):
        print(
            f"{name:16} {branches.percent:5.1f} %  {branches.missed} of {branches.branches} missed"
        )
    worst = sorted(files, key=lambda path: -counted(files[path]).missed)[:SHOWN]
    print("\nmost missed:")
    for path in worst:
        print(f"  {counted(files[path]).missed:4}  {path}")
    short = short_of(packages)
    print("\n" + ("under the bar: " + "; ".join(short) if short else "all bars are met"))
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main())
