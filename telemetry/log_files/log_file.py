"""A log file that stays small and never fails a request: lines are written whole or counted."""

import os
import threading
from pathlib import Path

MIB = 1024 * 1024


class LogFile:
    """Appends whole lines; the file moves aside when it has grown.

    A full disk or a folder that went away loses lines, not requests: they are counted in
    ``dropped``, and writing is tried again with the next line.

    Args:
        path: Of the file; its folder is made.
        max_bytes: After so many it becomes ``<name>.1``.
        backups: How many are kept beside it.
    """

    def __init__(self, path: Path, max_bytes: int = 64 * MIB, backups: int = 3) -> None:
        self.path = path
        self.dropped = 0
        self._max_bytes = max_bytes
        self._backups = backups
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._size = 0

    def write(self, line: bytes) -> None:
        """Append one line, its newline included."""
        with self._lock:
            try:
                descriptor = self._opened(len(line))
                # One call: a line of another thread or process cannot come in between.
                self._size += os.write(descriptor, line)
            except OSError:
                self.dropped += 1
                self._close()

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        with self._lock:
            self._close()

    def _opened(self, coming: int) -> int:
        if self._descriptor is not None and self._size + coming > self._max_bytes:
            self._close()
            self._move_aside()
        if self._descriptor is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._descriptor = os.open(self.path, flags, 0o640)
            self._size = os.fstat(self._descriptor).st_size
        return self._descriptor

    def _move_aside(self) -> None:
        for number in range(self._backups, 0, -1):
            newer = self.path if number == 1 else self._backup(number - 1)
            if newer.exists():
                newer.replace(self._backup(number))

    def _backup(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
