"""What a page of Markdown holds: its links, the anchors of its headings, its examples."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(\s*)(`{3,})(\w*)\s*$")
NOT_RUN = re.compile(r"<!-- not run: (.+?) -->")


@dataclass(frozen=True, slots=True)
class Example:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str
    not_run: str | None
    """Why it cannot be run here, as the comment right above it says."""


def pages(project: Path) -> list[Path]:
    """Return the pages of the repository, relative to it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return [Path(line) for line in done.stdout.splitlines() if (project / line).is_file()]


def links(text: str) -> Iterator[tuple[str, str]]:
    """Yield target and anchor of each link within the repository."""
    for target in LINK.findall(_prose(text)):
        if "://" not in target and not target.startswith("mailto:"):
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for line in _prose(text, keep_code=True).splitlines():
        if heading := re.match(r"#{1,6} +(.*?)\s*#*$", line):
            anchor = _anchor(heading.group(1))
            found[anchor] = found.get(anchor, -1) + 1
    return {f"{a}-{n}" if n else a for a, count in found.items() for n in range(count + 1)}


def _anchor(heading: str) -> str:
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")


def _prose(text: str, keep_code: bool = False) -> str:
    """Return a page without its fenced blocks, and without code in its lines."""
    lines, fence = [], None
    for line in text.splitlines():
        if found := FENCE.match(line):
            fence = None if fence == found.group(2) else fence or found.group(2)
        elif fence is None:
            lines.append(line if keep_code else re.sub(r"`[^`]*`", "", line))
    return "\n".join(lines)


def examples(page: Path, text: str) -> Iterator[Example]:
    """Yield the fenced blocks of a page in their order."""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines):
        found = FENCE.match(line)
        if found is None:
            continue
        if start is None:
            start, indent, language = number, found.group(1), found.group(3)
        else:
            body = "\n".join(each.removeprefix(indent) for each in lines[start + 1 : number])
            above = lines[start - 1] if start else ""
            mark = NOT_RUN.search(above)
            yield Example(page, start + 1, language, body + "\n", mark and mark.group(1))
            start = None
