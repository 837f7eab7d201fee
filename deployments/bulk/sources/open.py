"""Which kind of source an address names."""

from collections.abc import Sequence
from datetime import datetime

from deployments.bulk.sources.columns import Columns
from deployments.bulk.sources.csv_rows import CsvRows
from deployments.bulk.sources.folder_files import FolderFiles
from deployments.bulk.sources.folder_listing import TABLE_ENDINGS, FolderListing
from deployments.bulk.sources.lines import LineRows
from deployments.bulk.sources.parquet import ParquetRows
from deployments.bulk.sources.shards import ItemSource
from deployments.filesystem import files_below, open_place

PARQUET = (".parquet",)
SEPARATED = (".csv", ".tsv", ".tab")
TABLES = (*SEPARATED, ".jsonl", ".ndjson")
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".tgz")


class NoSource(Exception):
    """The address names nothing a job can read; the message says why."""


def open_source(
    address: str, columns: Columns, created_at: datetime, id_word: str = ""
) -> ItemSource:
    """Return the source behind an address, by its ending or by what a folder holds.

    Args:
        id_word: What ids of a folder's files follow from, beside their paths.

    Raises:
        NoSource: There is nothing, or nothing that can be read.
    """
    try:
        system, path = open_place(address)
        if system.get_file_info(path).is_file:
            return _file(address, path, columns, created_at)
        names = [below.path for below in files_below(system, path)]
        if any(name.lower().endswith(PARQUET) for name in names):
            return ParquetRows(address, columns, created_at)
        source = FolderFiles(address, created_at, id_word)
    except (OSError, ValueError) as error:
        raise NoSource(f"{address}: {error}") from error
    if not source.files:
        raise NoSource(f"{address}: {_why_nothing(names, source.listing)}")
    return source


def about(source: ItemSource) -> Sequence[str]:
    """Return what a table's columns hold, a line each; nothing where the format says it."""
    return source.about if isinstance(source, CsvRows) else ()


def notices_of(source: ItemSource) -> Sequence[str]:
    """Return what an operator should know of a source before it is written."""
    if isinstance(source, FolderFiles):
        return source.listing.reasons
    if isinstance(source, ParquetRows):
        return source.notices
    return source.notices if isinstance(source, CsvRows) else ()


def _why_nothing(names: Sequence[str], listing: FolderListing) -> str:
    if not names and not listing.passed_over:
        return "the folder holds no file"
    tables = [name for name in names if name.lower().endswith(TABLE_ENDINGS)]
    hint = f"; name a file, such as {tables[0]}" if tables else ""
    return f"the folder holds no file that is read ({', '.join(listing.reasons)}){hint}"


def _file(address: str, path: str, columns: Columns, created_at: datetime) -> ItemSource:
    name = path.lower()
    if name.endswith(PARQUET):
        return ParquetRows(address, columns, created_at)
    if name.endswith(SEPARATED):
        return CsvRows(address, columns, created_at)
    if name.endswith(TABLES):
        return LineRows(address, columns, created_at)
    more = "; unpack it first" if name.endswith(PACKED) else ""
    raise NoSource(
        f"{address}: a file is .parquet, .csv, .tsv or .jsonl; other files come as a folder{more}"
    )
