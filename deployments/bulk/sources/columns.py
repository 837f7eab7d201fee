"""Which column of a table becomes which part of a document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from deployments.bulk.sources.duplicates import Superseded
from deployments.bulk.sources.items import (
    DUPLICATE_ID,
    Item,
    Note,
    Skipped,
    Unreadable,
    checked,
    id_of,
    without_picture,
)
from retrieval.characters import has_visible
from retrieval.documents import Json
from retrieval.errors import InvalidTime
from retrieval.times import utc_time

MOST_CHARACTERS = 500
"""Of what is told about a row."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; None where a table has none."""

    text: str | tuple[str, ...] | None = "text"
    """Several make one text, a line each."""
    picture: str | None = None
    """Bytes, a path beside the table, or Hugging Face's struct of `bytes` and `path`."""
    id: str | None = None
    """Without one the id follows from the file's name and the row's number."""
    created_at: str | None = None
    metadata: tuple[str, ...] | None = None
    """By default every column that is none of the above."""
    as_text: tuple[str, ...] | None = field(default=(), repr=False)
    """Columns of a CSV file whose values stay texts; None: all of them."""

    @property
    def used(self) -> set[str]:
        """Columns that are parts of the document itself."""
        one_each = (self.picture, self.id, self.created_at)
        return {name for name in (*self.texts, *one_each) if name}

    @property
    def texts(self) -> tuple[str, ...]:
        """Columns that make the text."""
        if isinstance(self.text, tuple):
            return self.text
        return () if self.text is None else (self.text,)

    @property
    def raw(self) -> set[str]:
        """Columns whose values are no metadata and no time: kept as they are written."""
        return {name for name in (*self.texts, self.picture, self.id) if name}


@dataclass(frozen=True, slots=True)
class RowReader:
    """Makes items of rows.

    Args:
        read_beside: Returns the bytes of a file named in a row.
        created_at: Of rows that do not say.
        superseded: Rows that a later one with their id replaces.
        names: What stands for a file in ids, where its own name would not tell it from others.
        keys: What columns are called in metadata, where their own names cannot be keys.
    """

    columns: Columns
    read_beside: Callable[[str], bytes]
    created_at: datetime
    superseded: Superseded = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def item(self, row: Mapping[str, Any] | str, file: str, number: int) -> Item | Skipped:
        """Return the item of a row, or what is wrong with it.

        Args:
            row: Or why it could not be read, in words.
        """
        place = f"{file}:{number}"
        if isinstance(row, str):
            return Skipped(place, "unreadable", row)
        if (file, number) in self.superseded:
            winner, its_number = self.superseded[file, number]
            message = f"{winner}:{its_number} has the same id and comes later"
            return Skipped(place, DUPLICATE_ID, message)
        try:
            return checked(self._item(row, place, file, number))
        # Whatever a value can do to its conversion is its own row's misfortune.
        except (Unreadable, OSError, ValueError, ArithmeticError, RecursionError) as error:
            message = str(error) or type(error).__name__
            return Skipped(place, "unreadable", message[:MOST_CHARACTERS])

    def _item(self, row: Mapping[str, Any], place: str, file: str, number: int) -> Item:
        columns, text = self.columns, self._text(row)
        value, notes = _optional(row, columns.picture), tuple[Note, ...]()
        try:
            picture = self._picture(value)
        except (Unreadable, OSError, ValueError) as error:
            if text is None or not has_visible(text):
                raise
            picture, notes = None, (without_picture(place, str(error)[:MOST_CHARACTERS]),)
        return Item(
            place,
            self._id(row, file, number),
            text,
            picture,
            self._metadata(row),
            self._time(_optional(row, columns.created_at)),
            notes=notes,
        )

    def _text(self, row: Mapping[str, Any]) -> str | None:
        parts = [_text(_optional(row, name), name) for name in self.columns.texts]
        there = [part for part in parts if part is not None]
        return "\n".join(there) if there else None

    def _id(self, row: Mapping[str, Any], file: str, number: int) -> str:
        if self.columns.id is None:
            name = self.names.get(file) or file.rpartition("/")[2]
            return id_of(f"{name}:{number}")
        value = _optional(row, self.columns.id)
        if value is None:
            raise Unreadable(f"column {self.columns.id!r} is empty")
        return _id(value, self.columns.id)

    def _picture(self, value: Any) -> bytes | None:
        if isinstance(value, Mapping):
            value = value.get("bytes") or value.get("path")
        if not value:
            return None
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):
            return self.read_beside(value)
        raise Unreadable(f"column {self.columns.picture!r} holds neither bytes nor a path")

    def _metadata(self, row: Mapping[str, Any]) -> dict[str, Json]:
        names = self.columns.metadata
        if names is None:
            names = tuple(name for name in row if name not in self.columns.used)
        return {self.keys.get(name, name): _plain(_optional(row, name)) for name in names}

    def _time(self, value: Any) -> datetime:
        if value is None:
            return self.created_at
        try:
            return utc_time(value, f"column {self.columns.created_at!r}")
        except InvalidTime as error:
            raise Unreadable(f"{error.where}: {error}") from error


def id_in(row: Mapping[str, Any] | str, columns: Columns) -> str | None:
    """Return the id that a row's column says; None where it says none."""
    value = None if isinstance(row, str) or columns.id is None else row.get(columns.id)
    try:
        return None if value is None else _id(value, columns.id)
    except Unreadable:
        return None


def _id(value: Any, column: str | None) -> str:
    if isinstance(value, Mapping | list | bytes):
        raise Unreadable(f"column {column!r}: {value!r:.80} is no id")
    return str(value)


def _text(value: Any, column: str | None) -> str | None:
    if isinstance(value, Mapping | list | bytes):
        raise Unreadable(f"column {column!r}: {value!r:.80} is no text")
    return None if value is None else str(value)


def _optional(row: Mapping[str, Any], name: str | None) -> Any:
    if name is None:
        return None
    if name not in row:
        there = ", ".join(sorted(row))
        raise Unreadable(f"there is no column {name!r}; there are {there}")
    return row[name]


def _plain(value: Any) -> Any:
    """Return a metadata value as JSON has it; whatever stays strange is refused later."""
    if isinstance(value, Decimal):
        # A whole number stays exact; a finite fraction becomes the nearest float.
        whole = value.is_finite() and value == value.to_integral_value()
        return int(value) if whole else float(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | time) else value
