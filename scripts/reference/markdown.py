"""Tables of Markdown, as every generated page writes them."""

import re
from collections.abc import Iterable, Sequence

NOTHING = "–"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell that is empty has a dash."""
    lines = [_line(columns), "|" + "---|" * len(columns)]
    lines += [_line([cell or NOTHING for cell in row]) for row in rows]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def cell(text: str | None) -> str:
    """Return a text as one line that cannot end its cell."""
    return " ".join((text or "").split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return a value as code, or nothing for none."""
    return f"`{cell(text)}`" if text else ""


def anchor(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def plain(docstring: str) -> str:
    """Return a docstring's prose with reStructuredText's double backticks as Markdown's."""
    return re.sub(r"``([^`]+)``", r"`\1`", " ".join(docstring.split()))


def page(title: str, source: str, intro: str, *parts: str) -> str:
    """Return a page that says what it was made from."""
    head = (
        f"# {title}\n\nMade from {source} by `python -m scripts.reference`; a test fails when it "
        f"is stale.\n{intro}"
    )
    return "\n\n".join([head.strip(), *(part.strip() for part in parts if part)]) + "\n"
