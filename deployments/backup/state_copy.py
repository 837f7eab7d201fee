"""Copying the files of state: databases by SQLite's own backup, all others as they are."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from deployments.backup.files import FileRecord, names_below, record_of, write_copy

BUSY_S = 30.0
PAGES = 256
"""Copied at a time, so that a writer waits for no more."""


def copy_database(source: Path, target: Path) -> FileRecord:
    """Copy one moment of a database that others may write.

    Raises:
        sqlite3.Error: It cannot be read.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    # As it is, and not made where it is missing.
    there = f"{source.resolve().as_uri()}?mode=rw"
    with (
        closing(sqlite3.connect(there, uri=True, timeout=BUSY_S)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy, pages=PAGES, sleep=0.01)
        [(said,)] = copy.execute("PRAGMA quick_check(1)").fetchall()
        if said != "ok":
            raise sqlite3.DatabaseError(said)
        # No log beside the copy: one file is all there is.
        copy.execute("PRAGMA journal_mode=DELETE")
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return record_of(target)


def copy_file(source: Path, target: Path) -> FileRecord:
    """Copy a file that is replaced as a whole or only grows."""
    with source.open("rb") as file:
        return write_copy(file, target)


def copy_folder(source: Path, target: Path) -> dict[str, FileRecord]:
    """Copy a folder of such files; half-written ones of a kill are left behind."""
    if not source.is_dir():
        return {}
    return {
        name: copy_file(source / name, target / name)
        for name in names_below(source)
        if not name.endswith((".new", "/lock"))
    }
