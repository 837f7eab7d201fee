"""The page of benchmarks, from the results that benches keep."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.reference.markdown import anchor, cell, page, table
from scripts.reference.results import KEPT, Results

PAGE = KEPT.with_suffix(".md")
INTRO = """Every table was written by its bench (`python -m scripts.bench NAME --write`) and is
never edited by hand. A bar is what was promised before it was measured; *missed* is said as
plainly as *met*. Load and service share the machine's cores. What the figures say, and what was
not measured: [measurements](../explanation/measurements.md)."""
UNKNOWN = "not recorded"
"""Of results that are older than the file."""


def benchmarks(path: Path = KEPT) -> str:
    """Return the page."""
    results: Results = json.loads(path.read_text(encoding="utf-8"))
    parts = [part for entry in results.values() for part in _section(entry)]
    return page("Benchmarks", f"`docs/reference/{path.name}`", INTRO, _overview(results), *parts)


def write_page() -> None:
    """Write the page anew."""
    PAGE.write_text(benchmarks(), encoding="utf-8")


def _overview(results: Results) -> str:
    """Return how many bars of each bench are met, so that a miss is seen from above."""
    rows = []
    for entry in results.values():
        verdicts = [row["verdict"] for row in entry["rows"] if "verdict" in row]
        counted = [sum(word in verdict for verdict in verdicts) for word in ("met", "missed")]
        title = entry["title"]
        rows.append((f"[{title}](#{anchor(title)})", *(str(count) for count in counted)))
    return table(("what", "met", "missed"), rows)


def _section(entry: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {entry['title']}"
    yield (
        f"Run by `{entry['run']}`. Date: {entry['date'] or UNKNOWN}; commit: "
        f"{entry['commit'] or UNKNOWN}; machine: {entry['machine'] or UNKNOWN}."
    )
    columns = list(dict.fromkeys(column for row in entry["rows"] for column in row))
    yield table(columns, [[cell(row.get(column)) for column in columns] for row in entry["rows"]])
