"""The type of each column, decided when all of its values were seen; and a value read by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from retrieval.tables.booleans import pair_of
from retrieval.tables.column import ColumnLook
from retrieval.tables.dates import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, times_in, written
from retrieval.tables.numbers import Decimal, number_in, number_look
from retrieval.tables.values import is_missing, is_missing_among_others, stripped

TypeName = Literal["text", "number", "boolean", "time"]
ColumnValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What a column holds, and how its values are read."""

    name: TypeName
    how: str = ""
    """The decimal sign of numbers, the order of a time's parts, the word of a boolean's true."""
    note: str = ""
    """Why it is that, where somebody may have expected something else."""
    is_warning: bool = False
    """Whether something was lost or could not be told."""


TEXT = ColumnType("text")


def types_of(looks: Mapping[str, ColumnLook], separator: str) -> dict[str, ColumnType]:
    """Return the type of each column.

    Args:
        looks: By the names of columns, after all values.
        separator: Of the table's fields: a comma there is no decimal sign, and a semicolon is
            what programs use where the comma is one.
    """
    habit = _habit(looks, separator)
    return {name: _type_of(look, habit) for name, look in looks.items()}


def _habit(looks: Mapping[str, ColumnLook], separator: str) -> Decimal | None:
    """Return a file's decimal sign where a value alone does not tell; None if nothing does."""
    certain: set[Decimal] = {shown[0] for look in looks.values() for shown in _certain(look)}
    if certain:
        return next(iter(certain)) if len(certain) == 1 else None
    return "." if separator == "," else None


def _certain(look: ColumnLook) -> list[tuple[Decimal, ...]]:
    return [shown for shown in look.decimals_shown if len(shown) == 1] if look.decimals else []


def _type_of(look: ColumnLook, habit: Decimal | None) -> ColumnType:
    if look.lost_digits is not None:
        note = (
            f"{look.lost_digits} is what a spreadsheet makes of a long id: its last digits are "
            "lost; format the column as text and export it again"
        )
        return ColumnType("text", note=note, is_warning=True)
    if not look.values:
        return TEXT
    pair = pair_of(look.words)
    if pair is not None:
        return ColumnType("boolean", pair[0], "" if pair[0] == "true" else f"{pair[0]} is true")
    if look.orders:
        return _time(look.orders)
    return _number(look, habit)


def _time(orders: set[str]) -> ColumnType:
    if len(orders) == 1:
        [order] = orders
        return ColumnType("time", order, "" if order == YEAR_FIRST else f"read as {order}")
    note = f"no value tells {DAY_FIRST.replace('.', '/')} from {MONTH_FIRST}: write year-month-day"
    return ColumnType("text", note=note, is_warning=True)


def _number(look: ColumnLook, habit: Decimal | None) -> ColumnType:
    if not look.decimals:
        return ColumnType("text", note=look.why_no_number or "")
    if look.named or (look.all_gtin8 and look.values > 1):
        return ColumnType("text", note=look.named or "each value is a bar code of eight digits")
    if len(look.signs) > 1:
        return ColumnType(
            "text", note=f"some values bear a sign that others do not: {_signs(look)}"
        )
    note = f"{_signs(look)} left out" if look.signs != {""} else ""
    if len(look.decimals) == 1 or not look.decimals_shown:
        return ColumnType("number", sorted(look.decimals)[-1], note)
    if habit is None:
        note = f"{look.samples[0]} may be a fraction or a thousand"
        return ColumnType("text", note=note, is_warning=True)
    return ColumnType("number", habit, note)


def _signs(look: ColumnLook) -> str:
    return ", ".join(sorted(sign or "none" for sign in look.signs))


def typed(value: str, by: ColumnType) -> ColumnValue:
    """Return a value as its column's type has it; None where it stands for no value.

    Raises:
        ValueError: It is none of those that the type was decided by.
    """
    if by.name == "text":
        return None if is_missing(value) else _as_text(value)
    if is_missing_among_others(value):
        return None
    bare = stripped(value)
    if by.name == "boolean":
        return bare.casefold() == by.how
    if by.name == "time":
        moment = times_in(bare).get(by.how)
        if moment is None:
            raise ValueError(f"{bare[:80]!r} is no time, as all were when the job was planned")
        return written(moment)
    look = number_look(bare)
    if look is None:
        raise ValueError(f"{bare[:80]!r} is no number, as all were when the job was planned")
    return number_in(look, "," if by.how == "," else ".")


def _as_text(value: str) -> str:
    guarded = value.strip()
    return stripped(value) if guarded.startswith('="') else value
