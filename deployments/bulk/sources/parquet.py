"""Parquet files as a source: a shard is a run of rows, and only its row groups are read."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from deployments.bulk.sources.columns import Columns, RowReader, id_in
from deployments.bulk.sources.duplicates import RowPlace, Superseded, superseded
from deployments.bulk.sources.items import Item, Skipped, unread
from deployments.bulk.sources.shards import Shard, unreadable_file
from deployments.filesystem import files_below, open_place, read_bytes, sibling_path, stamp_of

READING = (OSError, ValueError, NotImplementedError, pa.ArrowException)
"""What a file can end in that is no Parquet, or a damaged one."""


class ParquetRows:
    """The rows of one Parquet file, or of every one below a folder."""

    def __init__(self, address: str, columns: Columns, created_at: datetime) -> None:
        self._system, self._path = open_place(address)
        self._columns = columns
        self._created_at = created_at
        self._superseded: Superseded = {}
        self._names: Mapping[str, str] = {}
        self._last: tuple[tuple[str, tuple[int, ...]], pa.Table] | None = None

    def shards(self, shard_items: int) -> list[Shard]:
        """Cut every file into runs of rows; one that cannot be read is a shard by itself."""
        shards: list[Shard] = []
        files = self._files()
        self._names = names_of(files, self._path)
        if self._columns.id is not None:
            self._superseded = superseded(lambda: self._ids(files))
        for path in files:
            try:
                rows = self._rows_in(path)
            except READING:
                shards.append(unreadable_file(len(shards), path))
                continue
            for start in range(0, rows, shard_items):
                stop = min(start + shard_items, rows)
                shards.append(Shard(len(shards), (path,), stop - start, start, start, stop))
        return shards

    @property
    def stamp(self) -> str:
        """See ``Source``."""
        return stamp_of(self._system, self._files())

    def read(self, shard: Shard) -> Iterator[Item | Skipped]:
        """Read the rows from ``start`` to ``stop``."""
        [path] = shard.files
        reader = RowReader(
            self._columns, self._near(path), self._created_at, self._superseded, self._names
        )
        number, end = shard.first_row, shard.first_row + shard.items
        try:
            for row in self._rows(shard):
                yield reader.item(row, path, number)
                number += 1
        except READING as error:
            yield from unread(path, number, end, shard.start == shard.stop, error)

    def _rows_in(self, path: str) -> int:
        with self._system.open_input_file(path) as file:
            opened = pq.ParquetFile(file)
            names = opened.schema_arrow.names
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            if twice:
                raise ValueError(
                    f"columns {', '.join(map(repr, twice))} stand there more than once"
                )
            return opened.metadata.num_rows

    def _rows(self, shard: Shard) -> Iterator[Mapping[str, Any] | str]:
        [path] = shard.files
        if shard.start == shard.stop:
            self._rows_in(path)
            raise ValueError("the file could not be read when the job was planned")
        with self._system.open_input_file(path) as opened:
            file = pq.ParquetFile(opened)
            first, groups = _groups(file.metadata, shard.start, shard.stop)
            table = self._read_groups(path, file, groups)
        yield from to_rows(table.slice(shard.start - first, shard.items))

    def _read_groups(self, path: str, file: pq.ParquetFile, groups: list[int]) -> pa.Table:
        """Return row groups, read once for all shards that lie in them."""
        last, key = self._last, (path, tuple(groups))
        if last is None or last[0] != key:
            last = self._last = (key, file.read_row_groups(groups))
        return last[1]

    def __getstate__(self) -> dict[str, Any]:
        # Rows do not travel: workers read their own.
        return self.__dict__ | {"_last": None}

    def _ids(self, files: Sequence[str]) -> Iterator[tuple[RowPlace, str]]:
        """Yield each row and its id; a file that cannot be read has none."""
        column = self._columns.id
        for path in files:
            try:
                with self._system.open_input_file(path) as opened:
                    number = 0
                    for batch in pq.ParquetFile(opened).iter_batches(columns=[column]):
                        for row in to_rows(pa.Table.from_batches([batch])):
                            id = id_in(row, self._columns)
                            if id is not None:
                                yield (path, number), id
                            number += 1
            except READING:
                continue

    def _files(self) -> list[str]:
        if not self._is_folder():
            return [self._path]
        below = files_below(self._system, self._path)
        return [info.path for info in below if info.path.lower().endswith(".parquet")]

    @property
    def notices(self) -> Sequence[str]:
        """Say how many files of the folder are no table, and left alone."""
        if not self._is_folder():
            return ()
        others = len(files_below(self._system, self._path)) - len(self._files())
        return (f"{others} other files are left alone, as tables are there",) if others else ()

    def _is_folder(self) -> bool:
        return not self._system.get_file_info(self._path).is_file

    def _near(self, path: str) -> Callable[[str], bytes]:
        return partial(_near, self._system, path)


def names_of(files: Sequence[str], root: str) -> dict[str, str]:
    """Return what stands in ids for files whose own name another file has: the path below the root.

    Row 3 of `a/part-0.parquet` must not be taken for row 3 of `b/part-0.parquet`.
    """
    own = Counter(path.rpartition("/")[2] for path in files)
    return {
        path: path[len(root) :].lstrip("/") for path in files if own[path.rpartition("/")[2]] > 1
    }


def to_rows(table: pa.Table) -> Iterator[Mapping[str, Any] | str]:
    """Yield rows as Python has them, or what is wrong with one that Python has no value for."""
    table = table.cast(_schema_for_python(table.schema), safe=False)
    try:
        yield from table.to_pylist()
        return
    except (ValueError, ArithmeticError, NotImplementedError, pa.ArrowException):
        pass
    for at in range(table.num_rows):
        yield _row(table.slice(at, 1))


def _row(table: pa.Table) -> Mapping[str, Any] | str:
    row: dict[str, Any] = {}
    for name in table.column_names:
        try:
            row[name] = table[name][0].as_py()
        except (ValueError, ArithmeticError, NotImplementedError, pa.ArrowException) as error:
            return f"column {name!r}: {error}"
    return row


def _schema_for_python(schema: pa.Schema) -> pa.Schema:
    """Return a schema whose times are microseconds: Python knows nothing finer."""
    fields = []
    for field in schema:
        type_ = field.type
        if pa.types.is_timestamp(type_) and type_.unit == "ns":
            field = field.with_type(pa.timestamp("us", type_.tz))
        elif pa.types.is_time64(type_) and type_.unit == "ns":
            field = field.with_type(pa.time64("us"))
        elif pa.types.is_duration(type_) and type_.unit == "ns":
            field = field.with_type(pa.duration("us"))
        fields.append(field)
    return pa.schema(fields)


def _near(system: fs.FileSystem, path: str, name: str) -> bytes:
    return read_bytes(system, sibling_path(path, name))


def _groups(metadata: pq.FileMetaData, start: int, stop: int) -> tuple[int, list[int]]:
    """Return the row groups that hold the rows, and the number of their first row."""
    groups, first, at = [], 0, 0
    for group in range(metadata.num_row_groups):
        end = at + metadata.row_group(group).num_rows
        if at < stop and end > start:
            if not groups:
                first = at
            groups.append(group)
        at = end
    return first, groups
