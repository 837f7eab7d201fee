"""JSONL files as a source: a shard is a run of bytes that begins with a record."""

import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, cast

from deployments.bulk.sources.columns import Columns, RowReader, id_in
from deployments.bulk.sources.csv_records import BOM
from deployments.bulk.sources.duplicates import RowPlace, Superseded, superseded
from deployments.bulk.sources.items import Item, Skipped, unread
from deployments.bulk.sources.shards import Shard, unreadable_file
from deployments.bulk.sources.text_lines import (
    RANGE_BYTES,
    blocks_of,
    line_end,
    lines_of,
    too_long,
)
from deployments.filesystem import open_place, read_bytes, sibling_path, stamp_of

WIDE = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


class Unfit(Exception):
    """A file of which no row can be read; the message says why."""


class LineRows:
    """The records of one JSONL file in UTF-8; what it shares with a CSV file."""

    def __init__(self, address: str, columns: Columns, created_at: datetime) -> None:
        self._system, self._path = open_place(address)
        self._columns = columns
        self._created_at = created_at
        self._superseded: Superseded = {}

    def shards(self, shard_items: int) -> list[Shard]:
        """Read through the file once to find where records begin."""
        try:
            starts, stop = self._starts()
        except (Unfit, OSError, ValueError):
            return [unreadable_file(0, self._path)]
        if self._columns.id is not None:
            self._superseded = superseded(lambda: self._ids(starts, stop))
        cuts = starts[::shard_items]
        ends = [*cuts[1:], stop][: len(cuts)]
        return [
            Shard(
                number,
                (self._path,),
                min(shard_items, len(starts) - number * shard_items),
                number * shard_items,
                start,
                end,
            )
            for number, (start, end) in enumerate(zip(cuts, ends, strict=True))
        ]

    @property
    def stamp(self) -> str:
        """See ``Source``."""
        return stamp_of(self._system, [self._path])

    def read(self, shard: Shard) -> Iterator[Item | Skipped]:
        """Read the records between ``start`` and ``stop``."""
        number, end = shard.first_row, shard.first_row + shard.items
        try:
            reader = self._reader()
            for row in self._rows(shard.start, shard.stop):
                yield reader.item(row, self._path, number)
                number += 1
        except (Unfit, OSError, ValueError) as error:
            yield from unread(self._path, number, end, shard.start == shard.stop, error)

    def _reader(self) -> RowReader:
        return RowReader(self._columns, self._near(), self._created_at, self._superseded)

    def _starts(self) -> tuple[list[int], int]:
        """Return where each record begins, and where the last one ends."""
        with self._opened() as blocks:
            starts = list(self._json_starts(blocks))
        return starts, self._system.get_file_info(self._path).size or 0

    def _json_starts(self, blocks: Iterable[bytes]) -> Iterator[int]:
        empty = True
        for line in lines_of(blocks, self._line_end()):
            if line.text is None or line.text.strip():
                empty = False
                yield line.start
        if empty:
            raise Unfit("the file is empty")

    def _rows(self, start: int, stop: int) -> Iterator[Mapping[str, Any] | str]:
        if start == stop:
            # What was wrong with the file is said again, or it is mended.
            self._starts()
            raise Unfit("the file could not be read when the job was planned")
        with self._opened(start, stop) as blocks:
            yield from self._read_rows(blocks)

    def _read_rows(self, blocks: Iterable[bytes]) -> Iterator[Mapping[str, Any] | str]:
        return _json_rows(blocks, self._line_end())

    def _ids(self, starts: Sequence[int], stop: int) -> Iterator[tuple[RowPlace, str]]:
        """Yield each row and its id, where it has one."""
        if starts:
            for number, row in enumerate(self._rows(starts[0], stop)):
                id = id_in(row, self._columns)
                if id is not None:
                    yield (self._path, number), id

    def _opened(
        self, start: int = 0, stop: int | None = None
    ) -> "closing[Generator[bytes, None, None]]":
        return closing(self._blocks(start, stop))

    def _blocks(self, start: int, stop: int | None) -> Generator[bytes, None, None]:
        with self._system.open_input_file(self._path) as file:
            if stop is None:
                first = file.read(RANGE_BYTES)
                check_encoding(first)
                yield first
                yield from blocks_of(cast(BinaryIO, file))
                return
            for at in range(start, stop, RANGE_BYTES):
                yield file.read_at(min(RANGE_BYTES, stop - at), at)

    def _line_end(self) -> re.Pattern[bytes]:
        with self._opened() as blocks:
            return line_end(next(blocks, b""))

    def _near(self) -> Callable[[str], bytes]:
        return partial(_near, self._system, self._path)


def _near(system: Any, path: str, name: str) -> bytes:
    return read_bytes(system, sibling_path(path, name))


def check_encoding(first: bytes) -> None:
    """Refuse what is no text of one byte a letter.

    Raises:
        Unfit: UTF-16 or UTF-32, with or without its mark.
    """
    for mark, name in WIDE.items():
        if first.startswith(mark):
            raise Unfit(f"the file is {name}; save it as UTF-8")
    if b"\0" in first[:1000].split(b"\n")[0]:
        raise Unfit("the first line holds NUL bytes: the file is no UTF-8 text")


def _json_rows(
    blocks: Iterable[bytes], end: re.Pattern[bytes]
) -> Iterator[Mapping[str, Any] | str]:
    for line in lines_of(blocks, end):
        if line.text is None:
            yield too_long(line.stop - line.start)
        elif line.text.strip():
            yield _json_row(line.text.removeprefix(BOM))


def _json_row(text: bytes) -> Mapping[str, Any] | str:
    try:
        row = json.loads(text.decode())
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error}"
    except ValueError as error:
        return f"no JSON: {error}"
    except RecursionError:
        return "no JSON that can be read: it is nested too deeply"
    return row if isinstance(row, dict) else "no JSON object"
