"""Plain text and Markdown: decoded, kept as they are, with the headings that Markdown marks."""

import codecs
import re

from retrieval.extraction.errors import BrokenFile
from retrieval.extraction.extracted import (
    MOST_SECTIONS,
    Extracted,
    ReadingWarning,
    heading_of,
)
from retrieval.passages.sections import Section

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ATX = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_FRONT_MATTER = re.compile(r"---\n(?:.*\n){0,500}?---\n")
"""What tools write above a text, whose last line is no heading."""
_UNDERLINE = re.compile(r" {0,3}(?:={2,}|-{2,})[ \t]*$")


def read_text(data: bytes) -> Extracted:
    """Return the text of a file that is one.

    Raises:
        BrokenFile: Its byte order mark names an encoding that it is not in.
    """
    text, warnings = decoded(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Extracted(text, tuple(_sections(text)), warnings)


def decoded(data: bytes) -> tuple[str, tuple[ReadingWarning, ...]]:
    """Return a text by its byte order mark; without one it is UTF-8, or else Windows-1252.

    Raises:
        BrokenFile: It is not what its mark says.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), ()
            except UnicodeDecodeError as error:
                raise BrokenFile(f"its mark says {encoding}, and it is not: {error}") from None
    try:
        return data.decode(), ()
    except UnicodeDecodeError as error:
        message = f"it is not UTF-8 at byte {error.start}: read as Windows-1252"
        # Its five bytes without a character become U+FFFD, as one can see.
        warning = ReadingWarning("encoding_assumed", message)
        return data.decode("cp1252", "replace"), (warning,)


def _sections(text: str) -> list[Section]:
    found: list[Section] = []
    front = _FRONT_MATTER.match(text)
    at, before, fence = front.end() if front else 0, "", ""
    before_at = at
    for line in text[at:].split("\n"):
        opened = _FENCE.match(line)
        if fence:
            fence = "" if opened and opened[1].startswith(fence) else fence
            before = ""
        elif opened:
            fence, before = opened[1], ""
        else:
            _note(found, line, at, before, before_at)
            before, before_at = line, at
        at += len(line) + 1
        if len(found) >= MOST_SECTIONS:
            break
    return found


def _note(found: list[Section], line: str, at: int, before: str, before_at: int) -> None:
    """Note a heading: ``# so``, or a line of text with a line of ``=`` or ``-`` under it."""
    marked = _ATX.match(line)
    if marked and (heading := heading_of(marked[1])):
        found.append(Section(at, None, heading))
        return
    if _UNDERLINE.match(line) and _may_be_heading(before) and (heading := heading_of(before)):
        found.append(Section(before_at, None, heading))


def _may_be_heading(line: str) -> bool:
    """Say whether a line under this one makes it a heading: not a row, an item or code."""
    is_other = line.lstrip().startswith(("- ", "* ", "> ", "+ ", "---", "==="))
    is_code = line.startswith(("\t", "    "))
    return not (is_other or is_code or "|" in line or _ATX.match(line))
