"""Making a backup: what bulk jobs noted, the index, then everything else."""

import asyncio
import os
import shutil
import sqlite3
import tarfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from deployments.backup import manifest
from deployments.backup.errors import NotEmpty
from deployments.backup.files import names_below, sync_folder, sync_folders
from deployments.backup.index_copy import copy_index
from deployments.backup.manifest import Manifest
from deployments.backup.places import JOBS, KEYS, SETTINGS, Places
from deployments.backup.state_copy import copy_database, copy_file, copy_folder
from deployments.home import Say

TAR = (".tar", ".tar.gz", ".tgz")


def back_up(
    places: Places,
    target: Path,
    now: Callable[[], datetime],
    say: Say = lambda line: None,
) -> Manifest:
    """Copy all that a service remembers into a new folder, or a tar where the name ends so.

    The service may run and be written to. What was acknowledged before is in the backup. The
    target appears when it is whole; what a kill leaves has another name beside it.

    Raises:
        NotEmpty: There is something at ``target``.
        CannotBackUp: The copy of the index would not be whole.
        OSError: The disk is full, or a file cannot be read.
    """
    target = target.absolute()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise NotEmpty(f"{target} is there already: name another place")
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in sorted(target.parent.glob(f".{target.name}.partial-*")):
        say(f"left behind by a backup that was cut short, delete it: {left}")
    with _partial(target) as folder:
        made = asyncio.run(_copied(places, folder, now().isoformat(timespec="seconds"), say))
        sync_folders(folder)
        manifest.write(folder, made)
        _finish(folder, target)
    return made


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    folder = target.with_name(f".{target.name}.partial-{uuid.uuid4().hex[:8]}")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _copied(places: Places, folder: Path, made_at: str, say: Say) -> Manifest:
    # Before the index: what they note as written is then in it.
    jobs = copy_folder(places.jobs, folder / JOBS)
    files = {f"{JOBS}/{name}": record for name, record in jobs.items()}
    version, tables, copied = await copy_index(places, folder, say)
    files |= copied
    left_out: list[str] = []
    for name, path in places.databases():
        try:
            files[name] = copy_database(path, folder / name)
        except sqlite3.Error as error:
            # Documents are not to go without a backup for the sake of a counter.
            (folder / name).unlink(missing_ok=True)
            left_out.append(f"{path}: {error}")
            say(f"left out: {path}: {error}")
    if places.keys.exists():
        files[KEYS] = copy_file(places.keys, folder / KEYS)
    for name, path in places.audit_files():
        files[name] = copy_file(path, folder / name)
    for path in places.settings:
        name = f"{SETTINGS}/{path.name}"
        files[name] = copy_file(path, folder / name)
    return Manifest(made_at, version, tables, files, left_out)


def _finish(folder: Path, target: Path) -> None:
    if not target.name.endswith(TAR):
        if target.exists():
            target.rmdir()
        folder.replace(target)
    else:
        packed = folder.with_name(f"{folder.name}.tar")
        try:
            _pack(folder, packed, "gz" if target.name.endswith("gz") else "")
            packed.replace(target)
        finally:
            packed.unlink(missing_ok=True)
    sync_folder(target.parent)


def _pack(folder: Path, packed: Path, compression: str) -> None:
    descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    names = [name for name in names_below(folder) if name != manifest.FILE]
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode=f"w:{compression}") as tar:  # type: ignore[call-overload]
            # The manifest last, as in a folder: a tar without its end is told by it.
            for name in (*names, manifest.FILE):
                tar.add(folder / name, name, filter=_anonymous)
        file.flush()
        os.fsync(file.fileno())


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
