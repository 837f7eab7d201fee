"""Which kind of source an address names."""

from collections.abc import Sequence
from datetime import datetime

from deployments.bulk.sources.columns import Columns
from deployments.bulk.sources.csv_rows import CsvRows
from deployments.bulk.sources.lines import LineRows
from deployments.bulk.sources.parquet import ParquetRows
from deployments.bulk.sources.pictures import ENDINGS, PictureFolder, endings_of
from deployments.bulk.sources.shards import ItemSource
from deployments.filesystem import files_below, open_place

PARQUET = (".parquet",)
SEPARATED = (".csv", ".tsv", ".tab")
TABLES = (*SEPARATED, ".jsonl", ".ndjson")
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".tgz")


class NoSource(Exception):
    """The address names nothing a job can read; the message says why."""


def open_source(address: str, columns: Columns, created_at: datetime) -> ItemSource:
    """Return the source behind an address, by its ending or by what a folder holds.

    Raises:
        NoSource: There is nothing, or nothing that can be read.
    """
    source, _ = source_and_rest(address, columns, created_at)
    return source


def source_and_rest(
    address: str, columns: Columns, created_at: datetime
) -> tuple[ItemSource, Sequence[str]]:
    """Return the source behind an address, and the files of its folder that it leaves alone.

    Raises:
        NoSource: There is nothing, or nothing that can be read.
    """
    try:
        system, path = open_place(address)
        info = system.get_file_info(path)
        if info.is_file:
            return _file(address, path, columns, created_at), ()
        names = [below.path for below in files_below(system, path)]
    except (OSError, ValueError) as error:
        raise NoSource(f"{address}: {error}") from error
    if any(name.lower().endswith(PARQUET) for name in names):
        return ParquetRows(address, columns, created_at), _without(names, PARQUET)
    if any(name.lower().endswith(ENDINGS) for name in names):
        return PictureFolder(address, created_at), _without(names, ENDINGS)
    raise NoSource(f"{address}: {_why_nothing(names)}")


def left_alone(files: Sequence[str]) -> str:
    """Say which files a job does not look at; empty if there are none."""
    counts = [f"{count} {ending}" for ending, count in endings_of(list(files)).items()]
    return f"{len(files)} other files are left alone: {', '.join(counts[:8])}" if files else ""


def about(source: ItemSource) -> Sequence[str]:
    """Return what a table's columns hold, a line each; nothing where the format says it."""
    return source.about if isinstance(source, CsvRows) else ()


def notices_of(source: ItemSource) -> Sequence[str]:
    """Return what an operator should know of a source before it is written."""
    return source.notices if isinstance(source, CsvRows) else ()


def _without(names: Sequence[str], endings: tuple[str, ...]) -> list[str]:
    return [name for name in names if not name.lower().endswith(endings)]


def _why_nothing(names: Sequence[str]) -> str:
    if not names:
        return "the folder holds no file"
    tables = [name for name in names if name.lower().endswith(TABLES)]
    hint = f"; name a file, such as {tables[0]}" if tables else ""
    return f"the folder holds no picture and no .parquet file ({left_alone(names)}){hint}"


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
        f"{address}: a file is .parquet, .csv, .tsv or .jsonl; pictures come as a folder{more}"
    )
