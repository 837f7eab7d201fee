"""A value of a table as it was written: what stands for none, and what surrounds it."""

from __future__ import annotations

import re

SPACES = "\u00a0\u202f\u2007\u2009"
"""No-break, narrow, figure and thin space: French and Swiss programs group digits with them."""
NONE_ANYWHERE = frozenset({"", "NULL", "\\N", "NaN", "n/a", "N/A", "#N/A", "#NV", "<NA>", "NaT"})
"""What programs write for no value; in a text no person means them."""
NONE_AMONG_OTHERS = frozenset({"null", "na", "none", "nan", "-", "--", "nil", "#n/a", "n/a", "nat"})
"""No value among numbers, booleans or times; in a column of texts it may be a word."""

_GUARDED = re.compile(r'="([^"]*)"')
"""A formula that keeps a spreadsheet from reading an id as a number."""


def stripped(value: str) -> str:
    """Return a value without spaces around it and without the formula that guards an id."""
    bare = value.strip()
    guarded = _GUARDED.fullmatch(bare)
    return guarded[1] if guarded else bare


def is_missing(value: str) -> bool:
    """Say whether a value stands for none in whatever column."""
    return stripped(value) in NONE_ANYWHERE


def is_missing_among_others(value: str) -> bool:
    """Say whether a value stands for none in a column whose other values are no texts."""
    bare = stripped(value)
    return bare in NONE_ANYWHERE or bare.casefold() in NONE_AMONG_OTHERS
