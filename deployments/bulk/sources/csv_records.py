"""CSV records one by one, each with its place: what is wrong with one ends none of the others."""

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from deployments.bulk.sources.text_lines import ANY_END, MAX_ROW_BYTES, TextLine, lines_of, too_long

# The parser's own bound of 131,072 characters would end a file in the middle; ours is by row.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
FIELD = re.compile(rb'(?:"[^"]*(?:""[^"]*)*("?)[^,]*|[^,]*),?')
REST_OF_QUOTED = re.compile(rb'[^"]*(?:""[^"]*)*("?)[^,]*,?')
LENIENT = "surrogateescape"
"""Bytes that are no UTF-8 survive parsing and are found in the field that holds them."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row's fields, or in words what is wrong with it; and where it lies."""

    start: int
    stop: int
    fields: list[str] | str


def records_of(blocks: Iterable[bytes], end: re.Pattern[bytes] = ANY_END) -> Iterator[Record]:
    """Yield records as Python's ``csv`` reads them; empty lines are none.

    Args:
        end: Of lines. Where it is not CR, a CR within a field needs quotes.

    A quoted field may hold ends of lines. A quote that is never closed, or closed more than
    ``MAX_ROW_BYTES`` later, makes its line a row that cannot be read, and the next line is a row
    of its own.
    """
    lines = _Reread(lines_of(blocks, end))
    for line in lines:
        if line.text is None:
            yield Record(line.start, line.stop, too_long(line.stop - line.start))
        elif b'"' not in line.text:
            fields = _parsed([line.text])
            if fields != []:
                yield Record(line.start, line.stop, fields)
        else:
            yield _quoted(line, lines)


def _quoted(first: TextLine, lines: "_Reread") -> Record:
    """Return the record that begins with a line that holds quotes."""
    taken, size = [first], first.stop - first.start
    inside = _ends_inside(first.text or b"", False)
    while inside:
        line = next(lines, None)
        if line is not None:
            taken.append(line)
            size += line.stop - line.start
        if line is None or line.text is None or size > MAX_ROW_BYTES:
            lines.again(taken[1:])
            return Record(first.start, first.stop, "a quote is opened and never closed")
        inside = _ends_inside(line.text, True)
    return Record(first.start, taken[-1].stop, _parsed([line.text or b"" for line in taken]))


def _parsed(lines: list[bytes]) -> list[str] | str:
    text = [line.decode("utf-8", LENIENT) for line in lines]
    try:
        rows = list(csv.reader(text))
    except csv.Error as error:
        return f"no CSV: {error}"
    if len(rows) > 1:
        return "no CSV: a line ends within a row"
    return rows[0] if rows else []


def _ends_inside(line: bytes, inside: bool) -> bool:
    """Say whether a line ends within quotes, as ``csv`` counts them.

    Args:
        inside: Whether it begins within quotes.
    """
    at = 0
    if inside:
        rest = REST_OF_QUOTED.match(line)
        assert rest is not None
        if not rest[1]:
            return True
        at = rest.end()
    while at < len(line):
        field = FIELD.match(line, at)
        assert field is not None
        if field[1] == b"":
            return True
        at = field.end()
    return False


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
