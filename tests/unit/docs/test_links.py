"""Every page is reached, and every link between pages leads somewhere."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.markdown import anchors, links, pages

PROJECT = Path(__file__).resolve().parents[3]
PAGES = pages(PROJECT)
CODE = re.compile(r"(?<![\w./-])docs/[\w./-]+?\.(?:md|json|svg|png)")
"""A page that code, a configuration or the changelog names."""


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    """Of this repository; addresses elsewhere are not asked."""
    wrong = []
    for target, anchor in links((PROJECT / page).read_text(encoding="utf-8")):
        path = page if not target else Path(os.path.normpath(page.parent / target))
        if not (PROJECT / path).exists():
            wrong.append(f"{target}: there is no {path}")
        elif anchor and anchor not in anchors((PROJECT / path).read_text(encoding="utf-8")):
            wrong.append(f"{target}#{anchor}: {path} has no such heading")
    assert wrong == []


def test_every_page_is_reached_from_the_front() -> None:
    """From README.md, link by link; a page that nobody finds helps nobody."""
    reached: set[Path] = set()
    waiting = [Path("README.md")]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += _linked(page)
    assert {page for page in PAGES if page.parts[0] == "docs"} - reached == set()


def _linked(page: Path) -> list[Path]:
    """Return the pages that one links to; a link to a folder counts for its pages."""
    targets = [target for target, _ in links((PROJECT / page).read_text(encoding="utf-8"))]
    found = {Path(os.path.normpath(page.parent / target)) for target in targets if target}
    return [each for each in PAGES if each in found or each.parent in found]


def test_pages_that_code_names_are_there() -> None:
    """In comments, messages, configurations and the changelog."""
    command = ["git", "grep", "-I", "-h", "-o", "-E", r"docs/[A-Za-z0-9_./-]+\.(md|json|svg|png)"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    named = {found.group() for line in done.stdout.splitlines() if (found := CODE.search(line))}
    assert len(named) > 10
    assert {name for name in named if not (PROJECT / name).exists()} == set()
