"""One CSV file as a table: its columns' names, keys and types, found out from all of its rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deployments.bulk.sources.csv_dialect import Dialect
from deployments.bulk.sources.csv_records import Record
from retrieval.tables.column import ColumnLook
from retrieval.tables.names import keys_of
from retrieval.tables.typing import TEXT, ColumnType, typed, types_of

ENCODING_NAMES = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "utf-16": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of a file before its rows become items."""

    dialect: Dialect
    encoding: str
    """Of the file; the dialect's is that of the bytes that are parsed."""
    names: tuple[str, ...]
    types: Mapping[str, ColumnType]
    """Of the columns that are typed; the others are kept as they are written."""
    left_out: frozenset[str] = frozenset()
    """Columns without a name and without a value, as a spreadsheet's empty ones."""
    samples: Mapping[str, Sequence[str]] | None = None
    telling: tuple[str, ...] = ()
    """Columns of which every value is there once."""

    @property
    def keys(self) -> dict[str, str]:
        """What each column is called in metadata."""
        return keys_of(self.names)

    def row(self, record: Record) -> Mapping[str, Any] | str:
        """Return a row by its columns' names, or in words what is wrong with it."""
        fields = record.fields
        if isinstance(fields, str):
            return fields
        if len(fields) != len(self.names):
            return f"{len(fields)} fields, the header has {len(self.names)}"
        row: dict[str, Any] = {}
        for name, value in zip(self.names, fields, strict=True):
            if is_foreign(value):
                return f"column {name!r} is not UTF-8"
            if name in self.left_out:
                continue
            try:
                row[name] = self._value(name, value)
            except ValueError as error:
                return f"column {name!r}: {error}"
        return row

    def _value(self, name: str, value: str) -> Any:
        by = self.types.get(name)
        return (value or None) if by is None else typed(value, by)

    @property
    def about(self) -> list[str]:
        """What an operator should check before it is indexed: a line for each column."""
        separator = {"\t": "tab"}.get(self.dialect.marks.separator, self.dialect.marks.separator)
        encoding = ENCODING_NAMES.get(self.encoding, "UTF-8")
        lines = [f"CSV in {encoding}, fields separated by {separator}"]
        for name, by in self.types.items():
            if name not in self.left_out:
                lines.append(f"  {self._named(name)}: {by.name}{_of(self.samples, name)}{_why(by)}")
        return lines

    def _named(self, name: str) -> str:
        key = self.keys[name]
        return name if key == name else f"{name} (as {key})"

    @property
    def warnings(self) -> list[str]:
        """What was lost or could not be told, a line for each such column."""
        return [f"column {name!r}: {by.note}" for name, by in self.types.items() if by.is_warning]


def sheet_of(
    dialect: Dialect,
    encoding: str,
    names: Sequence[str],
    rows: Iterable[Sequence[str] | str],
    as_text: Collection[str] | None,
    raw: Collection[str],
) -> Sheet:
    """Return what all rows of a file show of it.

    Args:
        rows: Fields, or what was wrong; rows of another width count for nothing.
        as_text: Columns whose values stay texts; None where all do.
        raw: Columns that are parts of the document: its text, its id, its picture's place.
    """
    named = tuple(name or f"column_{at}" for at, name in enumerate(names, start=1))
    looks = {name: ColumnLook(name) for name in named}
    for fields in rows:
        if not isinstance(fields, str) and len(fields) == len(named) and any(fields):
            for look, value in zip(looks.values(), fields, strict=True):
                look.see(value)
    types: dict[str, ColumnType] = {}
    if as_text is not None:
        types = types_of(looks, dialect.marks.separator)
        types = {name: _kept(by, name in raw or name in as_text) for name, by in types.items()}
    unnamed = [name for name, said in zip(named, names, strict=True) if not said.strip()]
    return Sheet(
        dialect,
        encoding,
        named,
        types,
        frozenset(name for name in unnamed if not looks[name].samples),
        {name: tuple(look.samples) for name, look in looks.items()},
        tuple(name for name, look in looks.items() if _can_be_id(look, types.get(name, TEXT))),
    )


def _can_be_id(look: ColumnLook, by: ColumnType) -> bool:
    """Say whether a column tells rows apart by what is no fraction and no time."""
    names_something = by.name == "text" or (by.name == "number" and not look.decimals_shown)
    return names_something and look.rows > 1 and look.tells_rows_apart


def _kept(by: ColumnType, is_text: bool) -> ColumnType:
    """Return a type, or that of texts; an id whose digits are lost is told all the same."""
    return by if not is_text or (by.name == "text" and by.is_warning) else TEXT


def is_foreign(text: str) -> bool:
    """Say whether text stands for bytes that were no UTF-8."""
    return not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text)


def _of(samples: Mapping[str, Sequence[str]] | None, name: str) -> str:
    found = [f"{value[:40]!r}" for value in (samples or {}).get(name, ())]
    return f", such as {', '.join(found)}" if found else ", no value"


def _why(by: ColumnType) -> str:
    return f" ({by.note})" if by.note else ""
