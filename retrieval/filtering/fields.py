"""How metadata becomes typed columns, one per key and kind.

A key may hold a number in one document and a string in the next, so each key
has up to four columns: ``n_`` numbers (float64), ``s_`` strings, ``b_``
booleans, ``l_`` lists. A string that is a time has a fifth beside its own,
``t_``, so that one moment in two zones or forms is one. The table's schema is
thus the registry of known fields, and it changes before the first row that
needs the new column: a crash between the two leaves an empty column and nothing
else.

``fields`` names the columns a row fills. It is never null, which lets a filter
say "this row has no such field" without SQL's third truth value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from retrieval.documents import Json, Scalar
from retrieval.times import time_in

SEPARATOR = "\x1f"
"""Unit separator. JSON escapes it inside strings, so a token cannot contain it."""

NUMBER, STRING, BOOLEAN, LIST = "n_", "s_", "b_", "l_"
KINDS = (NUMBER, STRING, BOOLEAN, LIST)
TIME = "t_"
"""Of strings that are times, beside ``STRING``."""

MAX_FIELDS = 64
"""Typed columns that a namespace may have by default: each makes every write of it slower, and more
mean that data was used as keys."""

LEAST_NUMBER = 10_000
"""Integers from here on are found as words: they name something."""

MAX_COLUMNS = 1000
"""More than this no setting allows."""


def column_of(kind: str, key: str) -> str:
    """Return the column of ``key``: lower-case letters and digits stand, the rest is escaped.

    Lance resolves column names without regard to case and reads dots as paths,
    so ``Price``, ``price`` and ``a.b`` need names that differ in other letters.
    """
    return kind + re.sub(r"[^a-z0-9]", lambda match: f"_{ord(match[0]):02x}", key)


def key_of(column: str) -> str | None:
    """Return the metadata key of a typed column, or None for any other column."""
    if not column.startswith((*KINDS, TIME)):
        return None
    return re.sub(r"_([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), column[2:])


def known_keys(columns: Iterable[str]) -> list[str]:
    """Return the metadata keys that a table with these columns knows, sorted."""
    return sorted({key for column in columns if (key := key_of(column)) is not None})


def kind_of(value: Json) -> str:
    """Return the kind of a value; null counts as a string, so that its key is known."""
    if isinstance(value, list):
        return LIST
    if isinstance(value, bool):
        return BOOLEAN
    return NUMBER if isinstance(value, int | float) else STRING


def number(value: float) -> float:
    """Return ``value`` as float64 without a negative zero, which Arrow orders below zero."""
    return float(value) + 0.0


def is_exact(value: float) -> bool:
    """Say whether comparing with ``value`` is exact though numbers are stored as float64.

    From 2^53 on integers share a float64 with their neighbours; beyond 2^63 there are none.
    Rounding keeps the order, so that every other value compares as it should.
    """
    return not 2**53 <= abs(value) <= 2**63


def token(value: Scalar) -> str:
    """Return a scalar as a list column holds it: 1 and 1.0 alike, ``"1"`` and ``true`` apart."""
    return json.dumps(value if isinstance(value, str | bool) else number(value))


def join_tokens(tokens: Iterable[str]) -> str:
    """Return tokens with a separator on both sides of each, so that one can be looked up whole."""
    return SEPARATOR + "".join(item + SEPARATOR for item in tokens)


def stored(value: Json) -> str | bool | float | None:
    """Return what the typed column holds for ``value``."""
    if isinstance(value, list):
        return join_tokens(token(item) for item in value if item is not None)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return number(value)


def typed_columns(
    metadata: Mapping[str, Json],
) -> dict[str, str | bool | float | datetime | None]:
    """Return column name to stored value for every key of ``metadata``."""
    columns: dict[str, str | bool | float | datetime | None] = {}
    for key, value in metadata.items():
        columns[column_of(kind_of(value), key)] = stored(value)
        if isinstance(value, str) and (moment := time_in(value)) is not None:
            columns[column_of(TIME, key)] = moment
    return columns


def strings_in(metadata: Mapping[str, Json]) -> list[str]:
    """Return all strings of ``metadata``: brands, names and SKUs that keyword search shall find."""
    found: list[str] = []
    for value in metadata.values():
        items = value if isinstance(value, list) else [value]
        found.extend(item for item in items if isinstance(item, str))
    return found


def numbers_in(metadata: Mapping[str, Json]) -> list[str]:
    """Return the long integers of ``metadata``: order numbers and bar codes, not prices."""
    found: list[str] = []
    for value in metadata.values():
        items = value if isinstance(value, list) else [value]
        whole = (item for item in items if isinstance(item, int) and not isinstance(item, bool))
        found.extend(str(item) for item in whole if abs(item) >= LEAST_NUMBER)
    return found
