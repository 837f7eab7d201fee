"""Writes the tables and a half of the goals: ``python -m scripts.goals open --out FOLDER``."""

import argparse
import json
import sys
from pathlib import Path

from scripts.goals.case import TODAY
from scripts.goals.generate import as_json, digest
from scripts.goals.halves import HalfChanged, cases_of
from scripts.goals.tables import TABLES, goal_table


def main() -> None:
    """Parse arguments and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=("open", "closed"))
    parser.add_argument("--out", type=Path, required=True, help="a folder")
    parser.add_argument("--final-run", action="store_true", help="needed for the closed half")
    args = parser.parse_args()
    if args.half == "closed" and not args.final_run:
        parser.error("the closed half is opened once, at the end: --final-run")
    try:
        cases = cases_of(args.half)
    except HalfChanged as error:
        sys.exit(str(error))
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{args.half}.json").write_bytes(as_json(cases))
    for name in TABLES:
        write_table(name, args.out)
    print(f"{len(cases)} goals, sha256 {digest(cases)}, today is {TODAY.isoformat()}")


def write_table(name: str, folder: Path) -> None:
    """Write a table's documents, one a line."""
    with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as lines:
        for document in goal_table(name).documents():
            lines.write(json.dumps(document, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
