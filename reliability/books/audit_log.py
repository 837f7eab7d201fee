"""The audit log: who did what, when, in which request. Lines are appended and never changed.

Every act has two lines: one before it is done, so that nothing is done unrecorded, and one with
its outcome. An act without the second was cut short, by a kill for instance, and may have been
done. Processes of one machine share the file by a lock; a line is written whole or not at all.

The file is rotated: ``audit.jsonl``, ``audit.jsonl.1`` and so on; the oldest goes.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reliability.books.audit_entries import AuditPage, AuditQuery, AuditReading, What
from reliability.errors import AuditError

NAME = "audit.jsonl"
MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_FILES = 8
MOST_VALUE_CHARACTERS = 600
"""Of one thing told about an act; ids have at most 256."""
_TAIL_BYTES = 16 * 1024


class AuditLog:
    """Appends to the log and reads it; calls block for as long as a disk takes."""

    def __init__(
        self,
        path: Path,
        max_file_bytes: int = MAX_FILE_BYTES,
        max_files: int = MAX_FILES,
        now_utc_s: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._max_file_bytes = max_file_bytes
        self._max_files = max_files
        self._now_utc_s = now_utc_s
        self._known: tuple[int, int, int] | None = None
        """Inode and size after the last line of ours, and the last number then."""

    def begin(self, who: str, act: str, request_id: str, what: What) -> int:
        """Record that an act is about to be done; return its number.

        Raises:
            AuditError: It could not be written; the act must not be done.
        """
        shown = {name: value[:MOST_VALUE_CHARACTERS] for name, value in what.items()}
        with self._locked() as file:
            number = self._last_number(file) + 1
            line = {"n": number, "at": self._now(), "who": who, "act": act}
            self._append(file, line | {"request_id": request_id, "what": shown}, number)
        return number

    def end(self, number: int, status: int, what: What | None = None) -> None:
        """Record the outcome of an act, and what is known of it only now.

        Raises:
            AuditError: It could not be written.
        """
        with self._locked() as file:
            last = self._last_number(file)
            # A file may hold outcomes only: whoever counts on must find the last number in it.
            line: dict[str, Any] = {"of": number, "last": last, "at": self._now()}
            line["status"] = status
            self._append(file, line | ({"what": dict(what)} if what else {}), last)

    @contextmanager
    def act(self, who: str, act: str, what: What) -> Iterator[None]:
        """Record an act of a script round what does it.

        Raises:
            AuditError: It could not be recorded, and was not done.
        """
        number = self.begin(who, act, "", what)
        try:
            yield
        except BaseException:
            self.end(number, 1)
            raise
        self.end(number, 0)

    def read(self, wanted: AuditQuery) -> AuditPage:
        """Return entries, oldest first.

        Raises:
            AuditError: The files cannot be read.
        """
        reading = AuditReading(wanted)
        try:
            files = self._open_files()
        except FileNotFoundError:
            return AuditPage((), None, None, 0)
        except OSError as error:
            raise AuditError(f"{self.path} cannot be read: {error.strerror}") from None
        for file in files:
            with file:
                for line in file:
                    if reading.done:
                        break
                    reading.take(line)
        return reading.page()

    def _now(self) -> str:
        moment = datetime.fromtimestamp(self._now_utc_s(), UTC)
        return moment.isoformat(timespec="milliseconds")

    @contextmanager
    def _locked(self, how: int = fcntl.LOCK_EX) -> Iterator[int]:
        """Enter with the newest file open; who writes is alone, and rotates it where it is full."""
        lock = self.path.with_name(f".{self.path.name}.lock")
        descriptors: list[int] = []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptors.append(_open(lock, os.O_RDWR | os.O_CREAT))
            fcntl.flock(descriptors[0], how)
            if how == fcntl.LOCK_EX:
                self._rotate_if_full()
            descriptors.append(_open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND))
            yield descriptors[1]
        except OSError as error:
            raise AuditError(f"{self.path} cannot be written: {error.strerror}") from None
        finally:
            for descriptor in reversed(descriptors):
                os.close(descriptor)

    def _rotate_if_full(self) -> None:
        if not self.path.exists() or self.path.stat().st_size < self._max_file_bytes:
            return
        for number in range(self._max_files - 1, 0, -1):
            older = self._file(number)
            younger = self._file(number - 1)
            if younger.exists():
                younger.replace(older)

    def _file(self, number: int) -> Path:
        return self.path if number == 0 else self.path.with_name(f"{self.path.name}.{number}")

    def _append(self, file: int, line: Mapping[str, Any], number: int) -> None:
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        # ASCII: what cannot be seen in a terminal is escaped.
        data = (b"\n" if torn else b"") + json.dumps(line).encode("ascii") + b"\n"
        try:
            if os.write(file, data) != len(data):
                raise OSError(28, "No space left on device")
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            raise
        after = os.fstat(file)
        self._known = (after.st_ino, after.st_size, number)

    def _last_number(self, file: int) -> int:
        status = os.fstat(file)
        if self._known is not None and self._known[:2] == (status.st_ino, status.st_size):
            return self._known[2]
        for number in range(self._max_files):
            found = _highest(self._file(number))
            if found:
                return found
        return 0

    def _open_files(self) -> list[Any]:
        # Rotated between two of them, one would be read twice or not at all.
        with self._locked(fcntl.LOCK_SH):
            paths = [self._file(n) for n in range(self._max_files - 1, -1, -1)]
            return [path.open("rb") for path in paths if path.exists()]


def audit_file_beside(path: Path) -> Path:
    """Return where the audit log lies that belongs to a key file or an index."""
    return path.with_name(NAME)


def _open(path: Path, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _highest(path: Path) -> int:
    """Return the highest number of a file's last lines, 0 if there is none."""
    try:
        descriptor = _open(path, os.O_RDONLY)
    except FileNotFoundError:
        return 0
    try:
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    finally:
        os.close(descriptor)
    return max((_number(line) for line in tail.splitlines()), default=0)


def _number(line: bytes) -> int:
    try:
        raw = json.loads(line)
        return int(raw.get("n") or raw.get("last") or 0)
    except (ValueError, AttributeError, TypeError, RecursionError):
        return 0
