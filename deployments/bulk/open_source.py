"""Which kind of source an address names."""

from datetime import datetime

from deployments.bulk.columns import Columns
from deployments.bulk.lines import LineRows
from deployments.bulk.parquet import ParquetRows
from deployments.bulk.pictures import PictureFolder
from deployments.bulk.places import files_below, open_place
from deployments.bulk.shards import Source


class NoSource(Exception):
    """The address names nothing a job can read; the message says why."""


def open_source(address: str, columns: Columns, created_at: datetime) -> Source:
    """Return the source behind an address, by its ending or by what a folder holds.

    Raises:
        NoSource: There is nothing, or nothing that can be read.
    """
    try:
        system, path = open_place(address)
        info = system.get_file_info(path)
        if info.is_file:
            return _file(address, path, columns, created_at)
        names = [below.path for below in files_below(system, path)]
    except (OSError, ValueError) as error:
        raise NoSource(f"{address}: {error}") from error
    if any(name.endswith(".parquet") for name in names):
        return ParquetRows(address, columns, created_at)
    return PictureFolder(address, created_at)


def _file(address: str, path: str, columns: Columns, created_at: datetime) -> Source:
    ending = path.rpartition(".")[2].lower()
    if ending == "parquet":
        return ParquetRows(address, columns, created_at)
    if ending in ("csv", "jsonl", "ndjson"):
        return LineRows(address, columns, created_at)
    raise NoSource(f"{address}: a file is .parquet, .csv or .jsonl; pictures come as a folder")
