"""The examples that pages print for readers to try."""

from pathlib import Path

from tests.markdown import examples

PROJECT = Path(__file__).resolve().parents[1]
FOLDERS = ("docs/how-to", "docs/how-to/clients", "docs/explanation", "docs/reference")
PAGES = (
    Path("README.md"),
    Path("docs/tutorial.md"),
    *(
        page.relative_to(PROJECT)
        for folder in FOLDERS
        for page in sorted((PROJECT / folder).glob("*.md"))
    ),
)
RUN = ("sh", "bash", "python")
SHOWN = ("yaml", "json", "text")
"""Languages of what is shown to be read, or copied into a file."""
PRINTED = [
    each for page in PAGES for each in examples(page, (PROJECT / page).read_text(encoding="utf-8"))
]
