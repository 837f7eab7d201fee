"""What a folder holds: the files that a job reads, and those that it passes over, with the reason.

On this machine no link leads out of the folder, and none to a folder is followed: what it leads to
inside is found where it lies.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyarrow import fs

from deployments.filesystem import files_below

TABLE_ENDINGS = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet")
HIDDEN_NAMES = frozenset(("thumbs.db", "desktop.ini", "__macosx", "$recycle.bin"))


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file that a job does not read."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FolderListing:
    """The files of a folder, in the order of their paths."""

    files: Sequence[str]
    passed_over: Sequence[PassedOver]

    @property
    def reasons(self) -> list[str]:
        """Return how many files are passed over for which reason."""
        counts = Counter(passed.reason for passed in self.passed_over)
        return [f"{count} passed over: {reason}" for reason, count in counts.most_common()]


def list_folder(system: fs.FileSystem, folder: str) -> FolderListing:
    """List a folder.

    Raises:
        OSError: A part of it cannot be listed: what lies there would be taken for gone.
    """
    local = isinstance(system, fs.LocalFileSystem)
    found = dict(_walk(folder) if local else _remote(system, folder))
    for path, reason in found.items():
        found[path] = reason or _reason(path[len(folder.rstrip("/")) + 1 :])
    names = sorted(found)
    passed = [PassedOver(path, reason) for path in names if (reason := found[path])]
    return FolderListing([path for path in names if not found[path]], passed)


def _remote(system: fs.FileSystem, folder: str) -> Iterator[tuple[str, str]]:
    return ((info.path, "") for info in files_below(system, folder))


def _walk(folder: str) -> Iterator[tuple[str, str]]:
    """Yield files, each with why it is passed over; empty where it is not."""
    root = Path(folder).resolve()
    for place, folders, files in os.walk(folder, onerror=_raise):
        for name in (*folders, *files):
            path = f"{place}/{name}"
            if os.path.islink(path):
                yield path, _of_link(path, root)
            elif name in files:
                yield path, "" if os.path.isfile(path) else "no file (a pipe, socket or device)"


def _of_link(path: str, root: Path) -> str:
    try:
        target = Path(path).resolve(strict=True)
    except (OSError, RuntimeError):
        return "a link that leads nowhere"
    if not target.is_relative_to(root):
        return "a link out of the folder"
    return "" if target.is_file() else "a link to a folder, which is read where it lies"


def _reason(name: str) -> str:
    parts = name.split("/")
    if any(part.startswith(".") or part.lower() in HIDDEN_NAMES for part in parts):
        return "hidden"
    if name.lower().endswith(TABLE_ENDINGS):
        return "a table: name it as a source of its own"
    return ""


def _raise(error: OSError) -> None:
    raise error
