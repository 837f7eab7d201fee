"""Restoring a backup: looked at wholly first, then laid beside, then put in place."""

import asyncio
import contextlib
import gzip
import shutil
import tarfile
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyarrow import fs

from deployments.backup import manifest
from deployments.backup.errors import Damaged, NotEmpty, StillRunning, TooNew, Torn
from deployments.backup.files import sync_folder, sync_folders, write_copy
from deployments.backup.index_copy import check_table
from deployments.backup.manifest import Manifest
from deployments.backup.places import AUDIT, INDEX, JOBS, Places
from deployments.filesystem import files_below
from deployments.home import Say
from deployments.local import cluster

LOGS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database; of another database they would be poison."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    manifest: Manifest
    moved: tuple[Path, ...]
    """Where what was there before lies now."""


def restore(
    backup: Path,
    places: Places,
    now: datetime,
    force: bool = False,
    say: Say = lambda line: None,
) -> Restored:
    """Put back all that a backup holds.

    Nothing is touched before every file of the backup was read and compared. What is there is
    never deleted: with ``force`` it is moved aside.

    Raises:
        Torn, Damaged, TooNew: The backup cannot be used.
        StillRunning: The service runs.
        NotEmpty: There is something already, and no ``force``.
    """
    if cluster.recorded(places.state) is not None:
        raise StillRunning(
            f"the service recorded in {places.state} runs: stop it (`brainwav down`)"
        )
    with opened(backup, places.state.parent) as folder:
        found = manifest.read(folder)
        say(f"made {found.made_at}: {len(found.files)} files, {found.bytes} bytes; comparing")
        manifest.verify(folder, found)
        occupied = _occupied(places, found)
        _refuse_occupied(places, occupied, force)
        with _staged(folder, places, found) as moves:
            moved = [_aside(path, f"before-restore-{now:%Y%m%dT%H%M%S}") for path in occupied]
            _put_in_place(moves)
        _upload_index(folder, places, found)
    for held in found.tables:
        asyncio.run(check_table(places.index, held, dict(places.storage_options)))
        say(f"{held.table}: {held.rows} rows at version {held.version}")
    return Restored(found, tuple(moved))


@contextlib.contextmanager
def opened(backup: Path, beside: Path) -> Iterator[Path]:
    """Yield a backup as a folder; a tar is unpacked for the time.

    Raises:
        Torn: The tar ends before its end, or there is nothing.
    """
    if backup.is_dir():
        yield backup
        return
    if not backup.exists():
        raise Torn(f"{backup} does not exist")
    beside.mkdir(parents=True, exist_ok=True)
    folder = beside / f".unpacked-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    try:
        with tarfile.open(backup) as tar:
            tar.extractall(folder, filter="data")
        yield folder
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Torn(f"{backup} is no whole tar: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _occupied(places: Places, found: Manifest) -> list[Path]:
    """Return what is there already and must not stay beside what is restored.

    Also what the backup lacks: the record of a later job would call documents written that are
    no longer there.
    """
    wanted = {_target(places, name) for name in _wanted(places, found) if _part(name) != INDEX}
    wanted = {path for path in wanted if not path.is_relative_to(places.jobs)}
    databases = {path for _, path in places.databases()} | wanted
    logs = {path.with_name(path.name + log) for path in databases for log in LOGS}
    folders = {places.jobs} if "://" in places.index else {places.jobs, Path(places.index)}
    there = [path for path in folders if path.is_dir() and any(path.iterdir())]
    return sorted([*there, *(path for path in databases | logs if path.exists())])


def _wanted(places: Places, found: Manifest) -> list[str]:
    """Return what is restored: an audit log that is there goes on, since it knows more."""
    there = any(places.audit_files())
    return [name for name in found.files if not (there and _part(name) == AUDIT)]


def _part(name: str) -> str:
    return name.partition("/")[0]


def _target(places: Places, name: str) -> Path:
    try:
        return places.target(name)
    except KeyError:
        raise TooNew(f"the backup holds {name}, which this release does not know") from None


def _refuse_occupied(places: Places, occupied: list[Path], force: bool) -> None:
    if "://" in places.index:
        system, root = places.open_index()
        there = system.get_file_info(root).type != fs.FileType.NotFound
        if there and files_below(system, root):
            raise NotEmpty(f"{places.index} holds something: name another place, or empty it")
    if occupied and not force:
        names = ", ".join(map(str, occupied[:3])) + (", …" if len(occupied) > 3 else "")
        raise NotEmpty(f"there is something already ({names}): --force moves it aside")


@contextlib.contextmanager
def _staged(folder: Path, places: Places, found: Manifest) -> Iterator[list[tuple[Path, Path]]]:
    """Yield pairs of a copy and its place; the index, which everybody looks for, comes last."""
    mark = f".restoring-{uuid.uuid4().hex[:8]}"
    whole = {JOBS: places.jobs}
    if "://" not in places.index:
        whole[INDEX] = Path(places.index)
    moves = [(path.with_name(f"{mark}-{path.name}"), path) for path in whole.values()]
    folders = {part: copy for part, (copy, _) in zip(whole, moves, strict=True)}
    try:
        for copy in folders.values():
            copy.mkdir(parents=True, mode=0o700)
        for name in _wanted(places, found):
            record = found.files[name]
            part, _, rest = name.partition("/")
            if part in folders:
                copy = folders[part] / rest
            elif part == INDEX:
                continue
            else:
                target = places.target(name)
                copy = target.with_name(f"{mark}-{target.name}")
                moves.insert(0, (copy, target))
            with (folder / name).open("rb") as source:
                if write_copy(source, copy) != record:
                    raise Damaged(f"{name} changed while it was read")
        for staged, _ in moves:
            if staged.is_dir():
                sync_folders(staged)
        yield moves
    finally:
        for copy, _ in moves:
            if copy.is_dir():
                shutil.rmtree(copy, ignore_errors=True)
            else:
                copy.unlink(missing_ok=True)


def _aside(path: Path, suffix: str) -> Path:
    aside = path.with_name(f"{path.name}.{suffix}")
    path.rename(aside)
    return aside


def _put_in_place(moves: list[tuple[Path, Path]]) -> None:
    for copy, target in moves:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Only folders without a file are left.
        if target.is_dir():
            target.rmdir()
        copy.rename(target)
        sync_folder(target.parent)


def _upload_index(folder: Path, places: Places, found: Manifest) -> None:
    """Write an index to object storage: manifests last, since without them nobody sees it."""
    if "://" not in places.index:
        return
    system, root = places.open_index()
    names = [name for name in found.files if name.startswith(f"{INDEX}/")]
    for name in sorted(names, key=lambda name: "/_versions/" in name):
        target = f"{root}/{name.removeprefix(f'{INDEX}/')}"
        system.create_dir(target.rpartition("/")[0], recursive=True)
        with (folder / name).open("rb") as source, system.open_output_stream(target) as stream:
            shutil.copyfileobj(source, stream, 1 << 20)
