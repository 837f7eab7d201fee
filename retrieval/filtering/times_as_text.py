"""Times of metadata are compared as the texts that they are: right where all are written alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.errors import shown
from retrieval.filtering.parse import Filter
from retrieval.filtering.types import comparisons
from retrieval.times import EXAMPLE

_WITH_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_IN_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""As `brainwav index` writes a table's times: such texts are in the order of their times."""


def times_as_text(node: Filter) -> Iterator[tuple[str, str]]:
    """Yield the place of each time in another form, and what is said of it."""
    for condition in comparisons(node):
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        for value in values:
            if condition.op == "contains" or condition.key is None or not isinstance(value, str):
                continue
            if _WITH_CLOCK.match(value) and not _IN_UTC.fullmatch(value):
                yield condition.where, _told(condition.field, value)


def _told(field: str, value: str) -> str:
    return (
        f"times in {field!r} are compared as texts, so that one moment in two zones or forms is "
        f"two: write all alike, such as {EXAMPLE}: {shown(value)}"
    )
