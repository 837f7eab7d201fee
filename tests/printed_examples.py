"""The examples that pages print for readers to try."""

from pathlib import Path

from tests.markdown import examples

PROJECT = Path(__file__).resolve().parents[1]
PAGES = (
    Path("README.md"),
    Path("docs/tutorial.md"),
    *sorted(each.relative_to(PROJECT) for each in (PROJECT / "docs" / "how-to").glob("*.md")),
)
RUN = ("sh", "bash", "python")
SHOWN = ("yaml", "json", "text")
"""Languages of what is shown to be read, or copied into a file."""
PRINTED = [
    each for page in PAGES for each in examples(page, (PROJECT / page).read_text(encoding="utf-8"))
]
