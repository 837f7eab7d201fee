"""Copying files with their checksums, durably."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CHUNK_BYTES = 1 << 20


class Readable(Protocol):
    """An open file of any kind."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What tells a file from one that was changed."""

    bytes: int
    sha256: str


def write_copy(source: Readable, target: Path) -> FileRecord:
    """Write a new file, readable by its owner only; on return it is on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        record = _through(source, file.write)
        file.flush()
        os.fsync(file.fileno())
    return record


def record_of(path: Path) -> FileRecord:
    """Return the record of a file that is there."""
    with path.open("rb") as file:
        return _through(file, len)


def _through(source: Readable, write) -> FileRecord:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        write(chunk)
        digest.update(chunk)
        size += len(chunk)
    return FileRecord(size, digest.hexdigest())


def sync_folders(root: Path) -> None:
    """Bring the names of all files below a folder to the disk."""
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def names_below(root: Path) -> Iterator[str]:
    """Yield every file below a folder by its path within it, sorted."""
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield path.relative_to(root).as_posix()
