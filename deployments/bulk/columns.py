"""Which column of a table becomes which part of a document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from deployments.bulk.items import Failure, Item, Unreadable, checked, id_of
from retrieval.documents import Json


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; None where a table has none."""

    text: str | None = "text"
    picture: str | None = None
    """Bytes, a path beside the table, or Hugging Face's struct of `bytes` and `path`."""
    id: str | None = None
    """Without one the id follows from the file's name and the row's number."""
    created_at: str | None = None
    metadata: tuple[str, ...] | None = None
    """By default every column that is none of the above."""

    @property
    def used(self) -> set[str]:
        """Columns that are parts of the document itself."""
        return {name for name in (self.text, self.picture, self.id, self.created_at) if name}


@dataclass(frozen=True, slots=True)
class RowReader:
    """Makes items of rows.

    Args:
        read_beside: Returns the bytes of a file named in a row.
        created_at: Of rows that do not say.
    """

    columns: Columns
    read_beside: Callable[[str], bytes]
    created_at: datetime

    def item(self, row: Mapping[str, Any], file: str, number: int) -> Item | Failure:
        """Return the item of a row, or what is wrong with it."""
        place = f"{file}:{number}"
        try:
            return checked(self._item(row, place, file, number))
        except (Unreadable, OSError) as error:
            return Failure(place, "unreadable", str(error))

    def _item(self, row: Mapping[str, Any], place: str, file: str, number: int) -> Item:
        columns = self.columns
        text = _optional(row, columns.text)
        return Item(
            place,
            self._id(row, file, number),
            None if text is None else str(text),
            self._picture(_optional(row, columns.picture)),
            self._metadata(row),
            self._time(_optional(row, columns.created_at)),
        )

    def _id(self, row: Mapping[str, Any], file: str, number: int) -> str:
        if self.columns.id is None:
            return id_of(f"{file.rpartition('/')[2]}:{number}")
        value = _optional(row, self.columns.id)
        if value is None:
            raise Unreadable(f"column {self.columns.id!r} is empty")
        return str(value)

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
        return {name: _plain(_optional(row, name)) for name in names}

    def _time(self, value: Any) -> datetime:
        if value is None:
            return self.created_at
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as error:
            raise Unreadable(f"column {self.columns.created_at!r}: {error}") from error
        # A time without a zone is read as UTC, as over HTTP.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _optional(row: Mapping[str, Any], name: str | None) -> Any:
    if name is None:
        return None
    if name not in row:
        raise Unreadable(f"there is no column {name!r}; there are {', '.join(sorted(row))}")
    return row[name]


def _plain(value: Any) -> Any:
    """Return a metadata value as JSON has it; whatever stays strange is refused later."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
