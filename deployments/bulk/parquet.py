"""Parquet files as a source: a shard is a run of rows, and only its row groups are read."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pyarrow.parquet as pq
from pyarrow import fs

from deployments.bulk.columns import Columns, RowReader
from deployments.bulk.items import Failure, Item
from deployments.bulk.places import beside, files_below, open_place, read_bytes
from deployments.bulk.shards import Shard


class ParquetRows:
    """The rows of one Parquet file, or of every one below a folder."""

    def __init__(self, address: str, columns: Columns, created_at: datetime) -> None:
        self._system, self._path = open_place(address)
        self._columns = columns
        self._created_at = created_at

    def shards(self, shard_items: int) -> list[Shard]:
        """Cut every file into runs of rows."""
        shards: list[Shard] = []
        for path in self._files():
            with self._system.open_input_file(path) as file:
                rows = pq.ParquetFile(file).metadata.num_rows
            for start in range(0, rows, shard_items):
                stop = min(start + shard_items, rows)
                shards.append(Shard(len(shards), (path,), stop - start, start, start, stop))
        return shards

    def read(self, shard: Shard) -> Iterator[Item | Failure]:
        """Read the rows from ``start`` to ``stop``."""
        [path] = shard.files
        near = partial(_near, self._system, path)
        reader = RowReader(self._columns, near, self._created_at)
        with self._system.open_input_file(path) as opened:
            file = pq.ParquetFile(opened)
            first, groups = _groups(file.metadata, shard.start, shard.stop)
            rows = file.read_row_groups(groups).slice(shard.start - first, shard.items)
        for number, row in enumerate(rows.to_pylist(), shard.first_row):
            yield reader.item(row, path, number)

    def _files(self) -> list[str]:
        if self._system.get_file_info(self._path).is_file:
            return [self._path]
        below = files_below(self._system, self._path)
        return [info.path for info in below if info.path.endswith(".parquet")]


def _near(system: fs.FileSystem, path: str, name: str) -> bytes:
    return read_bytes(system, beside(path, name))


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
