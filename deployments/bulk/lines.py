"""CSV and JSONL files as a source: a shard is a run of bytes that begins with a record."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from io import StringIO
from typing import Any, BinaryIO, cast

from deployments.bulk.columns import Columns, RowReader
from deployments.bulk.items import Failure, Item
from deployments.bulk.places import beside, open_place, read_bytes
from deployments.bulk.shards import Shard

RANGE_BYTES = 1 << 20


class LineRows:
    """The records of one CSV file with a header, or of one JSONL file, both in UTF-8."""

    def __init__(self, address: str, columns: Columns, created_at: datetime) -> None:
        self._system, self._path = open_place(address)
        self._columns = columns
        self._created_at = created_at
        self._is_csv = self._path.lower().endswith(".csv")

    def shards(self, shard_items: int) -> list[Shard]:
        """Read through the file once to find where records begin."""
        with self._system.open_input_stream(self._path) as file:
            lines = cast(Iterable[bytes], _lines(cast(BinaryIO, file)))
            starts = _csv_starts(lines) if self._is_csv else _jsonl_starts(lines)
        cuts = starts[:-1][::shard_items]
        ends = [*cuts[1:], starts[-1]]
        return [
            Shard(
                number,
                (self._path,),
                min(shard_items, len(starts) - 1 - number * shard_items),
                number * shard_items,
                start,
                stop,
            )
            for number, (start, stop) in enumerate(zip(cuts, ends, strict=True))
        ]

    def read(self, shard: Shard) -> Iterator[Item | Failure]:
        """Read the records between ``start`` and ``stop``."""
        with self._system.open_input_file(self._path) as file:
            data = file.read_at(shard.stop - shard.start, shard.start)
            header = file.read_at(min(RANGE_BYTES, file.size()), 0) if self._is_csv else b""
        reader = RowReader(self._columns, self._near(), self._created_at)
        rows = _csv_rows(header, data) if self._is_csv else _jsonl_rows(data)
        for number, row in enumerate(rows, shard.first_row):
            if isinstance(row, str):
                yield Failure(f"{self._path}:{number}", "unreadable", row)
            else:
                yield reader.item(row, self._path, number)

    def _near(self) -> Callable[[str], bytes]:
        return partial(_near, self._system, self._path)


def _near(system: Any, path: str, name: str) -> bytes:
    return read_bytes(system, beside(path, name))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while block := file.read(RANGE_BYTES):
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest


def _jsonl_starts(lines: Iterable[bytes]) -> list[int]:
    """Return where each record begins, and where the last one ends."""
    starts, at = [], 0
    for line in lines:
        if line.strip():
            starts.append(at)
        at += len(line)
    return [*starts, at]


def _csv_starts(lines: Iterable[bytes]) -> list[int]:
    """As ``_jsonl_starts``; a quoted field may hold line breaks, so the parser decides."""
    at = 0

    def counted() -> Iterator[str]:
        nonlocal at
        for line in lines:
            at += len(line)
            yield line.decode("utf-8", "replace")

    starts, begun = [], 0
    for record in csv.reader(counted()):
        if record:
            starts.append(begun)
        begun = at
    # The first record is the header.
    return [*starts[1:], at]


def _jsonl_rows(data: bytes) -> Iterator[Mapping[str, Any] | str]:
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            yield f"no JSON: {error}"
            continue
        yield row if isinstance(row, dict) else "no JSON object"


def _csv_rows(header: bytes, data: bytes) -> Iterator[Mapping[str, Any] | str]:
    names = next(_csv_records(header, "utf-8-sig"))
    for record in _csv_records(data, "utf-8"):
        if not record:
            continue
        if len(record) != len(names):
            yield f"{len(record)} fields, the header has {len(names)}"
            continue
        yield {name: value or None for name, value in zip(names, record, strict=True)}


def _csv_records(data: bytes, encoding: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(data.decode(encoding, "replace"), newline=""))
