"""The files of a store: its owner's alone, and kept where they are damaged."""

import contextlib
import os
from pathlib import Path

from storage.errors import ForeignStore

PRIVATE = 0o600
COMPANIONS = ("", "-wal", "-shm")
"""What SQLite lays beside a file, by what it appends to the name."""
HEADER = b"SQLite format 3\0"


def make_private(path: Path) -> None:
    """Make a file and its folder where there are none, and have nobody else read it.

    Raises:
        OSError: It cannot be made.
        ForeignStore: A link that somebody else laid.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.is_symlink() and path.lstat().st_uid not in (os.getuid(), 0):
        raise ForeignStore(f"{path} is a link that another user made; it is not followed")
    # Made here and not by SQLite, which would ask the umask; what lies beside takes after it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE))
    for name in COMPANIONS:
        # Another's file in a shared folder: its owner decides.
        with contextlib.suppress(FileNotFoundError, PermissionError):
            beside = path.with_name(path.name + name)
            if beside.stat().st_mode & 0o077:
                beside.chmod(PRIVATE)


def why_foreign(path: Path, component: str) -> ForeignStore | None:
    """Return why a file that SQLite cannot read is left alone; None where it is a broken one."""
    with path.open("rb") as file:
        first = file.read(len(HEADER))
    # A lost block reads as zeros; anything else was never a database.
    if first == HEADER or not first.strip(b"\0"):
        return None
    return ForeignStore(f"{path} is no file of the {component}; it is left as it is")


def set_aside(path: Path) -> Path:
    """Give a damaged file another name beside its own, and return it."""
    number = 1
    while (kept := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for name in COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + name).rename(kept.with_name(kept.name + name))
    return kept
