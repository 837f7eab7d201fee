"""Files below one folder, and nothing else of the disk."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 32 * 1024 * 1024


class FileRefused(Exception):
    """A file that is not read, and why."""


@dataclass(frozen=True, slots=True)
class FolderOfFiles:
    """What an assistant may have read: an assistant may be told to ask for anything.

    Args:
        root: The folder; links that lead out of it are not followed.
    """

    root: Path

    def read(self, name: str) -> tuple[str, bytes]:
        """Return a file's own name and its content.

        Raises:
            FileRefused: It is not below the folder, is hidden, is no file, or is too large.
        """
        parts = Path(name).parts
        if not parts or any(part.startswith(".") for part in parts) or Path(name).is_absolute():
            raise FileRefused(f"{name!r:.200}: name a file relative to the folder, none hidden")
        root = self.root.resolve()
        try:
            path = (root / name).resolve(strict=True)
            if not path.is_relative_to(root):
                raise FileRefused(f"{name!r:.200} leads out of the folder")
            return path.name, _content(path, name)
        except (OSError, ValueError) as error:
            raise FileRefused(f"{name!r:.200}: cannot be read: {type(error).__name__}") from None


def _content(path: Path, name: str) -> bytes:
    # Not followed if it became a link since; a pipe is not waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileRefused(f"{name!r:.200} is no file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise FileRefused(f"{name!r:.200} has more than {MOST_BYTES} bytes")
    return data
