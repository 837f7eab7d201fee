"""How a CSV file separates and escapes, found out from its beginning."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from deployments.bulk.sources.csv_records import Marks, records_of

SEPARATORS = (",", ";", "\t", "|")
ROWS = 50
"""So many are tried."""
_SAID = re.compile(rb'(?:\xef\xbb\xbf)?"?sep=(.)"?\r?[\n\r]', re.I)
_NULL = re.compile(rb"(?:^|[,;\t|])\\N(?=[,;\t|\r\n]|$)", re.M)
_ESCAPED_QUOTE = re.compile(rb'"[^"\r\n]*[^",;\t|\r\n]\\"[^",;\t|\r\n]')


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a file's beginning shows."""

    marks: Marks
    says_separator: bool = False
    """Its first line is no header but Excel's `sep=;`."""


def dialect_of(block: bytes, end: re.Pattern[bytes], encoding: str) -> Dialect:
    """Return the dialect of a file that begins with a block.

    Args:
        end: Of lines.
        encoding: Of its texts; ASCII characters are themselves in it.
    """
    escapes = bool(_NULL.search(block) or _ESCAPED_QUOTE.search(block))
    said = _SAID.match(block)
    if said is not None:
        return Dialect(Marks(said[1].decode("ascii", "replace"), escapes, encoding), True)
    tries = [Marks(separator, escapes, encoding) for separator in SEPARATORS]
    # Of equals the comma, which comes first.
    return Dialect(max(tries, key=lambda marks: _agreement([block], end, marks)))


def _agreement(block: Iterable[bytes], end: re.Pattern[bytes], marks: Marks) -> tuple[float, int]:
    """Return how many rows have as many fields as the header, and how many it has."""
    found = [record.fields for record in islice(records_of(block, end, marks), ROWS)]
    widths = [len(fields) for fields in found if isinstance(fields, list)]
    if not widths or widths[0] == 1:
        return (0.0, 0)
    return (Counter(widths)[widths[0]] / len(found), widths[0])
