"""Copying an index while it is written, and looking at what came of it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from pyarrow import fs

from deployments.backup.errors import CannotBackUp
from deployments.backup.files import FileRecord, write_copy
from deployments.backup.places import INDEX, Places
from deployments.filesystem import files_below
from deployments.home import Say
from retrieval.errors import IncompatibleIndex
from retrieval.store.connection import connect, open_table
from retrieval.store.cut import TableCut, belongs, cut, is_still
from retrieval.store.migrations import check_readable, recorded_version

Records = dict[str, FileRecord]


async def copy_index(
    places: Places, folder: Path, say: Say = lambda line: None
) -> tuple[int, list[TableCut], Records]:
    """Copy every table at one version into ``folder``; writing goes on meanwhile.

    Returns:
        The schema version (0 where there is no index), what was cut, and the files by their
        path within the backup.

    Raises:
        CannotBackUp: A copy is not what was cut through.
    """
    db = await connect(places.index, dict(places.storage_options))
    try:
        version = await recorded_version(db)
        check_readable(version)
        system, root = places.open_index()
        records: Records = {}
        kept: list[TableCut] = []
        async with cut(db, datetime.now(UTC)) as cuts:
            for held in cuts:
                source = f"{root}/{held.table}.lance"
                target = folder / INDEX / f"{held.table}.lance"
                try:
                    found = await asyncio.to_thread(_copy, system, source, target, held.version)
                except FileNotFoundError as error:
                    if await is_still(db, held):
                        raise CannotBackUp(f"{held.table}: {error}") from error
                    say(f"{held.table}: dropped meanwhile, left out")
                    continue
                name = f"{INDEX}/{held.table}.lance"
                records |= {f"{name}/{path}": record for path, record in found.items()}
                kept.append(held)
                say(f"{held.table}: {held.rows} rows at version {held.version}")
    except IncompatibleIndex as error:
        raise CannotBackUp(str(error)) from error
    finally:
        db.close()
    for held in kept:
        await check_table(str(folder / INDEX), held)
    return version or 0, kept, records


def _copy(system: fs.FileSystem, source: str, target: Path, version: int) -> Records:
    records: Records = {}
    for info in files_below(system, source):
        name = info.path[len(source) :].lstrip("/")
        if not belongs(name, version):
            continue
        try:
            with system.open_input_stream(info.path) as stream:
                records[name] = write_copy(stream, target / name)
        except FileNotFoundError:
            # Tidied away: of no version that is held. Reading the copy shows whether it was.
            continue
    if not any(name.startswith("_versions/") for name in records):
        raise FileNotFoundError(f"version {version} is gone")
    return records


async def check_table(
    uri: str, held: TableCut, storage_options: dict[str, str] | None = None
) -> None:
    """Read every row of a copy.

    Raises:
        CannotBackUp: It has another version or number of rows, or cannot be read.
    """
    db = await connect(uri, storage_options)
    try:
        table = await open_table(db, held.table)
        if table is None:
            raise CannotBackUp(f"the copy of {held.table} is no table")
        rows = 0
        async for batch in await table.query().to_batches():
            rows += batch.num_rows
        version = await table.version()
    except RuntimeError as error:
        raise CannotBackUp(f"the copy of {held.table} cannot be read: {error}") from error
    finally:
        db.close()
    if (version, rows) != (held.version, held.rows):
        raise CannotBackUp(
            f"the copy of {held.table} has {rows} rows at version {version}, "
            f"{held.rows} at version {held.version} were to be copied"
        )
