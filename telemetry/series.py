"""One number's name: a metric, its labels and, in a histogram, which part of it.

Keys are text, so that snapshots travel and are stored as plain mappings of text to number.
"""

from dataclasses import dataclass

_LABEL = "\x1f"
_PART = "\x1e"
SUM = "sum"


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
