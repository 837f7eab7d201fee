"""One number's name: a metric, its labels and, in a histogram, which part of it.

Keys are text, so that snapshots travel and are stored as plain mappings of text to number.
"""

import math
from dataclasses import dataclass
from typing import Any

_LABEL = "\x1f"
_PART = "\x1e"
SUM = "sum"
INFINITY = "+Inf"
MOST_CHARACTERS = 1000


def key(name: str, labels: tuple[str, ...] = ()) -> str:
    """Return the key of a counter, a gauge or a whole histogram."""
    return _LABEL.join((name, *labels))


def part(series: str, name: str) -> str:
    """Return the key of a histogram's part: a bucket by its upper bound, or ``sum``."""
    return f"{series}{_PART}{name}"


@dataclass(frozen=True, slots=True)
class Series:
    """A key taken apart."""

    name: str
    labels: tuple[str, ...]
    part: str


def parsed(text: str) -> Series:
    """Take a key apart."""
    whole, _, piece = text.partition(_PART)
    name, *labels = whole.split(_LABEL)
    return Series(name, tuple(labels), piece)


def is_sound(text: Any) -> bool:
    """Return whether a key can be written, and shown if it is a histogram's."""
    if not (isinstance(text, str) and 0 < len(text) <= MOST_CHARACTERS):
        return False
    try:
        text.encode()
        piece = parsed(text).part
        return piece in ("", SUM, INFINITY) or math.isfinite(float(piece))
    # Half of a character, or a bucket without a bound.
    except ValueError:
        return False
