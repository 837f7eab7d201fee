"""Right answers as data, computed by looking at every row."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from scripts.goals.case import Answer, TableRow

RowTest = Callable[[TableRow], bool]


def ids(rows: Iterable[TableRow]) -> list[str]:
    """Return the ids of rows, sorted."""
    return sorted(str(row["id"]) for row in rows)


def items(right: Iterable[TableRow], least: int = 1, most: int | None = None) -> Answer:
    """Any of ``right``, between ``least`` and ``most`` of them."""
    return {"kind": "items", "right": ids(right), "must": [], "least": least, "most": most}


def nothing() -> Answer:
    """No row is right."""
    return {"kind": "items", "right": [], "must": [], "least": 0, "most": 0}


def best(rows: Sequence[TableRow], field: str, count: int, highest: bool) -> Answer:
    """The ``count`` rows first by ``field``; of those that tie for the last place any."""
    ranked = _ranked(rows, field, highest)
    last = ranked[min(count, len(ranked)) - 1]
    must = [row for row in rows if row[field] != last and ranked.index(row[field]) < count]
    tied = [row for row in rows if row[field] == last]
    return {
        "kind": "items",
        "right": ids([*must, *tied]),
        "must": ids(must),
        "least": min(count, len(rows)),
        "most": None,
    }


def order(rows: Sequence[TableRow], field: str, least: int, highest: bool) -> Answer:
    """The first ``least`` rows or more, by ``field``; ties in any order."""
    steps = list(dict.fromkeys(_ranked(rows, field, highest)))
    groups = [ids(row for row in rows if row[field] == step) for step in steps]
    return {"kind": "order", "groups": groups, "least": least}


def _ranked(rows: Sequence[TableRow], field: str, highest: bool) -> list[Any]:
    """Return a field's values, numbers or days, the first in rank first."""
    found: list[Any] = [row[field] for row in rows]
    return sorted(found, reverse=highest)


def number(value: float) -> Answer:
    """A number, as exact as people write it: two decimals, or a thousandth of it."""
    whole = isinstance(value, int)
    return {
        "kind": "number",
        "value": value,
        "tolerance": 0 if whole else max(0.006, abs(value) / 1000),
    }


def values(rows: Iterable[TableRow], field: str) -> Answer:
    """The different values of a field, all of them."""
    return {"kind": "values", "right": sorted({str(row[field]) for row in rows})}


def sets(
    slots: Sequence[tuple[Sequence[TableRow], int]], rules: Sequence[dict[str, object]] = ()
) -> Answer:
    """Combinations: so many different rows from each slot, which together keep every rule."""
    known = {str(row["id"]): row for rows, _ in slots for row in rows}
    fields = sorted({str(rule["field"]) for rule in rules})
    return {
        "kind": "sets",
        "slots": [{"right": ids(rows), "count": count} for rows, count in slots],
        "rules": list(rules),
        "facts": {field: {id_: known[id_][field] for id_ in sorted(known)} for field in fields},
    }


def total_at_most(field: str, limit: float) -> dict[str, object]:
    """The sum of a field over the combination is at most ``limit``."""
    return {"rule": "total_at_most", "field": field, "limit": limit}


def same(field: str) -> dict[str, object]:
    """All have the same value in a field."""
    return {"rule": "same", "field": field}


def different(field: str) -> dict[str, object]:
    """No two have the same value in a field."""
    return {"rule": "different", "field": field}


def rising(field: str) -> dict[str, object]:
    """Of the first slot the value is below that of the second."""
    return {"rule": "rising", "field": field}


def groups(rows: Iterable[TableRow], field: str) -> Counter[str]:
    """Return how many rows have each value of a field."""
    return Counter(str(row[field]) for row in rows)
