"""A filter's text that is written as a time and is none is compared as a text, and said to be."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.errors import shown
from retrieval.filtering.parse import ORDER_OPS, Filter
from retrieval.filtering.types import comparisons
from retrieval.times import EXAMPLE, is_like_time


def times_as_text(node: Filter) -> Iterator[tuple[str, str]]:
    """Yield the place of each such text of an order comparison, and what is said of it."""
    for condition in comparisons(node):
        value = condition.value
        if condition.op not in ORDER_OPS or condition.key is None or not isinstance(value, str):
            continue
        # What can be read as a time is one by now.
        if is_like_time(value):
            yield condition.where, _told(condition.field, value)


def _told(field: str, value: str) -> str:
    return (
        f"{shown(value)} is no time that exists in the years 1 to 9999 of UTC, such as {EXAMPLE}: "
        f"{field!r} is compared with it letter by letter"
    )
