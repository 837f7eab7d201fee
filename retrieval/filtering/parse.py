"""A filter: a small tree of conditions on documents, parsed from JSON.

Every condition is either true or false of a document; there is no third value.
A missing (or null) field makes a condition false, except ``ne`` and ``exists:
false``, which it makes true. ``not`` is therefore always the complement.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from itertools import islice
from typing import Literal, get_args

from retrieval.documents import MAX_METADATA_BYTES, Scalar, is_text
from retrieval.errors import InvalidFilter, InvalidTime, UnknownFilterField, shown
from retrieval.filtering.fields import is_exact
from retrieval.times import is_finer, time_in, utc_time

Op = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in", "contains", "exists"]
OPS: tuple[str, ...] = get_args(Op)
ORDER_OPS = ("lt", "lte", "gt", "gte")

BUILT_IN = ("id", "modality", "source", "created_at", "text")
"""Fields of every document; they win over metadata keys of the same name."""

MAX_DEPTH = 8
MAX_NODES = 64
MAX_CHOICES = 256
MAX_SHOWN = 20
MAX_FIELD_CHARACTERS = 256
_PREFIX = "metadata."


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of one field.

    ``value`` is a datetime for ``created_at``, and where a metadata field is compared with a
    string that is a time.
    """

    field: str
    op: str
    value: Scalar | datetime | tuple[Scalar | datetime, ...]
    where: str = attribute(default="filter", compare=False)

    @property
    def key(self) -> str | None:
        """The metadata key, or None for a built-in field."""
        if self.field in BUILT_IN:
            return None
        return self.field.removeprefix(_PREFIX)


@dataclass(frozen=True, slots=True)
class And:
    """True when all items are."""

    items: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when at least one item is."""

    items: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when the item is false."""

    item: Filter


Filter = And | Or | Not | Condition


def parse(data: object, where: str = "filter") -> Filter:
    """Return the filter that ``data``, decoded JSON, describes.

    Raises:
        InvalidFilter: Naming the place, such as ``filter.and.1.op``; also when
            it is nested deeper than 8 or has more than 64 nodes.
    """
    _check_size(data, where)
    return _parse(data, where, 1)


def walk(node: Filter) -> Iterator[Filter]:
    """Yield every node of a filter, parents first."""
    yield node
    match node:
        case And(items) | Or(items):
            for item in items:
                yield from walk(item)
        case Not(item):
            yield from walk(item)
        case _:
            return


def check_fields(node: Filter, known: Collection[str]) -> None:
    """Refuse a filter on a metadata key outside ``known``.

    Raises:
        UnknownFilterField: Naming the field, its place and the known ones.
    """
    for item in walk(node):
        if isinstance(item, Condition) and item.key is not None and item.key not in known:
            names = ", ".join([*BUILT_IN, *sorted(known)][:50])
            raise UnknownFilterField(
                f"no document has a field {item.field!r}; known: {names}", f"{item.where}.field"
            )


def _check_size(data: object, where: str) -> None:
    """Refuse a filter of too many nodes before any of them is looked at."""
    nodes, left = 0, [data]
    while left:
        node = left.pop()
        nodes += 1
        if nodes > MAX_NODES:
            raise InvalidFilter(f"a filter has at most {MAX_NODES} nodes, this one more", where)
        if not isinstance(node, Mapping):
            continue
        for name in ("and", "or"):
            items = node.get(name)
            # A longer list is refused by its place before its items are looked at.
            if isinstance(items, list) and len(items) <= MAX_NODES:
                left += items
        if "not" in node:
            left.append(node["not"])


def _parse(data: object, where: str, depth: int) -> Filter:
    if depth > MAX_DEPTH:
        raise InvalidFilter(f"a filter is nested at most {MAX_DEPTH} deep", where)
    if not isinstance(data, Mapping):
        raise InvalidFilter(f"a filter is an object, not {type(data).__name__}", where)
    if set(data) == {"and"}:
        return And(_parse_items(data["and"], f"{where}.and", depth))
    if set(data) == {"or"}:
        return Or(_parse_items(data["or"], f"{where}.or", depth))
    if set(data) == {"not"}:
        return Not(_parse(data["not"], f"{where}.not", depth + 1))
    return _parse_condition(data, where)


def _parse_items(data: object, where: str, depth: int) -> tuple[Filter, ...]:
    if not isinstance(data, list) or not data:
        raise InvalidFilter("and/or hold a list of at least one filter", where)
    if len(data) > MAX_NODES:
        raise InvalidFilter(f"a filter has at most {MAX_NODES} nodes, this list {len(data)}", where)
    return tuple(_parse(item, f"{where}.{i}", depth + 1) for i, item in enumerate(data))


def _parse_condition(data: Mapping[object, object], where: str) -> Condition:
    if set(data) != {"field", "op", "value"}:
        raise InvalidFilter(
            f"expected and, or, not, or field, op and value; found {_some_names(data)}",
            where,
        )
    name, op = data["field"], data["op"]
    if (
        not isinstance(name, str)
        or len(name) > MAX_FIELD_CHARACTERS
        or not name.removeprefix(_PREFIX)
    ):
        raise InvalidFilter(f"a field is a name: {shown(name)}", f"{where}.field")
    if not isinstance(op, str) or op not in OPS:
        raise InvalidFilter(f"op is one of {', '.join(OPS)}: {shown(op)}", f"{where}.op")
    if name == "created_at" and op == "contains":
        raise InvalidFilter("created_at cannot contain anything", f"{where}.op")
    return Condition(name, op, _parse_value(name, op, data["value"], f"{where}.value"), where)


def _some_names(data: Mapping[object, object]) -> str:
    return shown(sorted(str(name)[:MAX_SHOWN] for name in islice(data, MAX_SHOWN)))


def _parse_value(
    name: str, op: str, value: object, where: str
) -> Scalar | datetime | tuple[Scalar | datetime, ...]:
    if op == "exists":
        if not isinstance(value, bool):
            raise InvalidFilter(f"exists takes true or false: {shown(value)}", where)
        return value
    if op == "in":
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHOICES:
            raise InvalidFilter(f"in takes a list of 1 to {MAX_CHOICES} values", where)
        return tuple(_parse_scalar(name, op, item, f"{where}.{i}") for i, item in enumerate(value))
    parsed = _parse_scalar(name, op, value, where)
    if op in ORDER_OPS and isinstance(parsed, bool):
        raise InvalidFilter(f"{op} needs a number or a string: {shown(value)}", where)
    return parsed


def _parse_scalar(name: str, op: str, value: object, where: str) -> Scalar | datetime:
    if name == "created_at":
        return _parse_time(name, value, where)
    if isinstance(value, str):
        text = _parse_text(value, where)
        is_time = name not in BUILT_IN and op != "contains" and time_in(text) is not None
        return _parse_time(name, text, where) if is_time else text
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and _is_number(value):
        if not is_exact(value):
            raise InvalidFilter(
                "numbers from 2^53 to 2^63 cannot be told from their neighbours: keep such values "
                f"as strings to filter on them: {shown(value)}",
                where,
            )
        return value
    raise InvalidFilter(
        f"a value is a string, boolean, 64-bit integer or finite number: {shown(value)}", where
    )


def _parse_text(value: str, where: str) -> str:
    if len(value) > MAX_METADATA_BYTES:
        raise InvalidFilter(
            f"a string has {len(value)} characters, at most {MAX_METADATA_BYTES}", where
        )
    if not is_text(value):
        raise InvalidFilter("a string holds half a surrogate pair", where)
    return value


def _is_number(value: float) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return math.isfinite(value)


def _parse_time(name: str, value: object, where: str) -> datetime:
    try:
        moment = utc_time(value, where)
    except InvalidTime as error:
        raise InvalidFilter(f"{name}: {error}", where) from None
    if is_finer(value):
        # Cut, it would compare as another time than the one that was given.
        raise InvalidFilter(
            f"{name}: times are kept to the microsecond, compare with six digits: {shown(value)}",
            where,
        )
    return moment
