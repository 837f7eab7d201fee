"""CSV records one by one, each with its place: what is wrong with one ends none of the others."""

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from deployments.bulk.sources.text_lines import ANY_END, MAX_ROW_BYTES, TextLine, lines_of, too_long

# The parser's own bound of 131,072 characters would end a file in the middle; ours is by row.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
LENIENT = "surrogateescape"
"""Bytes that are no UTF-8 survive parsing and are found in the field that holds them."""
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Marks:
    """What separates fields, and what is special within them."""

    separator: str = ","
    escapes: bool = False
    """A backslash takes the meaning of what follows, and an unquoted \\N is no value (MySQL)."""
    encoding: str = "utf-8"


PLAIN = Marks()


@dataclass(frozen=True, slots=True)
class Record:
    """A row's fields, or in words what is wrong with it; and where it lies."""

    start: int
    stop: int
    fields: list[str] | str


def records_of(
    blocks: Iterable[bytes], end: re.Pattern[bytes] = ANY_END, marks: Marks = PLAIN
) -> Iterator[Record]:
    """Yield records as Python's ``csv`` reads them; empty lines are none.

    Args:
        end: Of lines. Where it is not CR, a CR within a field needs quotes.
        marks: Of the file.

    A quoted field may hold ends of lines. A quote that is never closed, or closed more than
    ``MAX_ROW_BYTES`` later, makes its line a row that cannot be read, and the next line is a row
    of its own.
    """
    lines = _Reread(lines_of(blocks, end))
    for line in lines:
        if line.text is None:
            yield Record(line.start, line.stop, too_long(line.stop - line.start))
        elif b'"' not in line.text and not (marks.escapes and b"\\" in line.text):
            fields = _parsed([line.text], marks)
            if fields != []:
                yield Record(line.start, line.stop, fields)
        else:
            yield _quoted(line, lines, marks)


def _quoted(first: TextLine, lines: "_Reread", marks: Marks) -> Record:
    """Return the record that begins with a line that holds quotes or escapes."""
    taken, size = [first], first.stop - first.start
    inside = _ends_inside((first.text or b"").removeprefix(BOM), False, marks)
    while inside:
        line = next(lines, None)
        if line is not None:
            taken.append(line)
            size += line.stop - line.start
        if line is None or line.text is None or size > MAX_ROW_BYTES:
            lines.again(taken[1:])
            return Record(first.start, first.stop, "a quote is opened and never closed")
        inside = _ends_inside(line.text, True, marks)
    return Record(first.start, taken[-1].stop, _parsed([line.text or b"" for line in taken], marks))


def _parsed(lines: list[bytes], marks: Marks) -> list[str] | str:
    # A mark in front of a quote would keep it from being one.
    lines = [lines[0].removeprefix(BOM), *lines[1:]]
    if marks.escapes:
        lines = [_null(marks.separator).sub(b"", line) for line in lines]
    text = [line.decode(marks.encoding, LENIENT) for line in lines]
    escape = "\\" if marks.escapes else None
    try:
        rows = list(csv.reader(text, delimiter=marks.separator, escapechar=escape))
    except csv.Error as error:
        return f"no CSV: {error}"
    if len(rows) > 1:
        return "no CSV: a line ends within a row"
    return rows[0] if rows else []


def _ends_inside(line: bytes, inside: bool, marks: Marks) -> bool:
    """Say whether a line ends within quotes, as ``csv`` counts them.

    Args:
        inside: Whether it begins within quotes.
    """
    whole, rest_of_quoted = _fields(marks)
    at = 0
    if inside:
        rest = rest_of_quoted.match(line)
        assert rest is not None
        if not rest[1]:
            return True
        at = rest.end()
    while at < len(line):
        field = whole.match(line, at)
        assert field is not None
        if field[1] == b"":
            return True
        at = field.end()
    return False


@cache
def _fields(marks: Marks) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return what matches a field, and the rest of one that began within quotes.

    The group is the closing quote, empty where there is none.
    """
    end = re.escape(marks.separator.encode())
    within = rb'(?:[^"\\]|\\.|"")*' if marks.escapes else rb'[^"]*(?:""[^"]*)*'
    unquoted = rb"(?:[^%s\\]|\\.)*" % end if marks.escapes else rb"[^%s]*" % end
    rest = within + rb'("?)' + unquoted + end + b"?"
    field = rb'(?:"' + within + rb'("?)' + unquoted + b"|" + unquoted + b")" + end + b"?"
    return re.compile(field, re.S), re.compile(rest, re.S)


@cache
def _null(separator: str) -> re.Pattern[bytes]:
    mark = re.escape(separator.encode())
    return re.compile(rb"(?:^|(?<=%s))\\N(?=%s|[\r\n]|$)" % (mark, mark))


class _Reread:
    """Lines, of which some may be given back to be read again."""

    def __init__(self, lines: Iterator[TextLine]) -> None:
        self._lines = lines
        self._again: deque[TextLine] = deque()

    def __iter__(self) -> "_Reread":
        return self

    def __next__(self) -> TextLine:
        return self._again.popleft() if self._again else next(self._lines)

    def again(self, lines: Sequence[TextLine]) -> None:
        self._again.extendleft(reversed(lines))
