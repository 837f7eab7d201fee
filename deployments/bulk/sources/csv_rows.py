"""CSV files as a source: typed by all of their rows, cut like other lines."""

import codecs
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from deployments.bulk.sources.columns import RowReader
from deployments.bulk.sources.csv_dialect import Dialect, dialect_of
from deployments.bulk.sources.csv_encoding import encoding_of
from deployments.bulk.sources.csv_records import BOM, Record, records_of
from deployments.bulk.sources.csv_sheet import Sheet, is_foreign, sheet_of
from deployments.bulk.sources.lines import LineRows, Unfit
from deployments.bulk.sources.text_lines import RANGE_BYTES, line_end

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class CsvRows(LineRows):
    """The records of one CSV file with a header.

    Places of a file in UTF-16 are those of its bytes in UTF-8: it is read from the start for each
    shard, as a spreadsheet's file may.
    """

    _sheet: Sheet | None = None

    @property
    def about(self) -> Sequence[str]:
        """What the columns hold, a line each; known once the source was cut."""
        return () if self._sheet is None else self._sheet.about

    @property
    def notices(self) -> list[str]:
        """What was lost or could not be told, and whether documents keep their ids."""
        if self._sheet is None:
            return []
        return [*self._sheet.warnings, *self._about_ids(self._sheet)]

    def _about_ids(self, sheet: Sheet) -> Iterator[str]:
        if self._columns.id is None:
            ours = self._columns.used | sheet.left_out
            like = [name for name in sheet.telling if name not in ours][:3]
            can = f" (as {' or '.join(map(repr, like))} could be)" if like else ""
            yield (
                "ids follow from file and row: name --id-column, a column whose values are there "
                f"once each{can}, if rows will be added, removed or sorted"
            )

    def _reader(self) -> RowReader:
        near, keys = self._near(), self._known().keys
        return RowReader(self._columns, near, self._created_at, self._superseded, keys=keys)

    def _starts(self) -> tuple[list[int], int]:
        encoding = self._encoding()
        with self._opened() as blocks:
            first = next(blocks, b"")
        dialect = dialect_of(first, line_end(first), encoding if encoding != "utf-16" else "utf-8")
        names = self._names(dialect)
        starts: list[int] = []
        stop = 0

        def rows() -> Iterator[Sequence[str] | str]:
            nonlocal stop
            for record in self._records(dialect, 0, None):
                if not _is_empty(record, len(names)):
                    starts.append(record.start)
                    stop = record.stop
                    yield record.fields

        columns = self._columns
        self._sheet = sheet_of(dialect, encoding, names, rows(), columns.as_text, columns.raw)
        return starts, stop

    def _known(self) -> Sheet:
        if self._sheet is None:
            self._starts()
        if self._sheet is None:
            raise Unfit("the file could not be read when the job was planned")
        return self._sheet

    def _encoding(self) -> str:
        with self._system.open_input_file(self._path) as file:
            first = file.read_at(min(4, file.size()), 0)
            if first.startswith(UTF_16) and not first.startswith(UTF_32):
                return "utf-16"
            if first.startswith(BOM):
                return "utf-8"
        with self._opened() as blocks:
            return encoding_of(blocks)

    def _names(self, dialect: Dialect) -> list[str]:
        with self._opened() as blocks:
            records = records_of(blocks, self._line_end(), dialect.marks)
            if dialect.says_separator:
                next(records, None)
            first = next(records, None)
        return _header(None if first is None else first.fields)

    def _records(self, dialect: Dialect, start: int, stop: int | None) -> Iterator[Record]:
        """Yield records; the header is none of them."""
        with self._opened(start, stop) as blocks:
            records = records_of(blocks, self._line_end(), dialect.marks)
            if stop is None:
                for _ in range(1 + dialect.says_separator):
                    next(records, None)
            yield from records

    def _read_rows(self, blocks: Iterable[bytes]) -> Iterator[Mapping[str, Any] | str]:
        sheet = self._known()
        for record in records_of(blocks, self._line_end(), sheet.dialect.marks):
            if not _is_empty(record, len(sheet.names)):
                yield sheet.row(record)

    def _blocks(self, start: int, stop: int | None) -> Generator[bytes, None, None]:
        with self._system.open_input_file(self._path) as file:
            first = file.read_at(min(4, file.size()), 0)
        if not first.startswith(UTF_16) or first.startswith(UTF_32):
            yield from super()._blocks(start, stop)
            return
        at = 0
        for block in self._as_utf8():
            begin, end = max(start - at, 0), len(block) if stop is None else max(stop - at, 0)
            at += len(block)
            if part := block[begin:end]:
                yield part
            if stop is not None and at >= stop:
                return

    def _as_utf8(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        with self._system.open_input_file(self._path) as file:
            while block := file.read(RANGE_BYTES):
                yield decoder.decode(block).encode()


def _is_empty(record: Record, width: int) -> bool:
    """Say whether a row is what a spreadsheet writes below its last one: separators only."""
    fields = record.fields
    return len(fields) == width and not isinstance(fields, str) and not any(fields)


def _header(fields: list[str] | str | None) -> list[str]:
    """Return the names of columns; one without a name is numbered later.

    Raises:
        Unfit: There are none, or they do not tell the columns apart.
    """
    if fields is None:
        raise Unfit("the file is empty: a CSV file begins with a header")
    if isinstance(fields, str):
        raise Unfit(f"the header cannot be read: {fields}")
    names = [name.strip() for name in fields]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Unfit(f"the header names {', '.join(map(repr, twice))} more than once")
    if any(is_foreign(name) for name in names):
        raise Unfit("the header is not UTF-8")
    return names
