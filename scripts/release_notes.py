"""Print what the changelog says of a version, for the release of its tag: one version everywhere.

    python scripts/release_notes.py v0.1.0

needs nothing but Python: it runs before anything is installed.
"""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VERSION = re.compile(r'^VERSION = "(?P<version>[^"]+)"$', re.MULTILINE)
HEADING = re.compile(r"^## +(?P<title>.+?) *$", re.MULTILINE)


class NotReleasable(ValueError):
    """The tag, the code and the changelog do not agree; the message says how."""


def notes(tag: str, code: str, changelog: str) -> str:
    """Return the changelog's section of a tag.

    Args:
        tag: `v` and a version.
        code: The file that says the version.
        changelog: Its newest section is the tag's, `## 0.2.0 (2026-12-01)`.

    Raises:
        NotReleasable: The code has another version, or the newest section is another one or empty.
    """
    found = VERSION.search(code)
    version = found["version"] if found else "none"
    if tag != f"v{version}":
        raise NotReleasable(f"the tag is {tag}, and the code says {version}: tag v{version}")
    headings = list(HEADING.finditer(changelog))
    title = headings[0]["title"] if headings else "none"
    if title.split(" ")[0] != version:
        raise NotReleasable(f"the newest section of the changelog is {title!r}, not {version}")
    end = headings[1].start() if len(headings) > 1 else len(changelog)
    if not (text := changelog[headings[0].end() : end].strip()):
        raise NotReleasable(f"the changelog says nothing of {version}")
    return text


def main() -> None:
    """Print the notes of the tag that is named on the command line."""
    code, changelog = PROJECT / "api" / "version.py", PROJECT / "CHANGELOG.md"
    try:
        print(notes(sys.argv[1], code.read_text(), changelog.read_text()))
    except NotReleasable as error:
        sys.exit(f"brAInwav: {error}")


if __name__ == "__main__":
    main()
