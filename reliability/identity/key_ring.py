"""The keys in force: those of the file, read again within a second after it changed.

A file that breaks while the service runs (a half-written edit, a typing error) locks nobody out
who was in: the keys that were read last stay in force for ``HELD_S``, loudly, and then nobody gets
in. A key that is not among them may be a new one, so it is told that keys cannot be checked, not
that it is wrong. A file that is gone closes the door at once: that is no typing error.
"""

import time
from collections.abc import Callable
from pathlib import Path

from reliability.errors import ExpiredKey, KeyFileError, UnknownKey
from reliability.identity.issued_key import ApiKey, verify
from reliability.identity.key_file import read_keys

HELD_S = 600.0
"""So long the last good keys outlive a broken file."""
Stamp = tuple[int, int, int]


class KeyRing:
    """The keys of a file.

    Args:
        path: Of the file.
        recheck_us: How long a look at the file holds.
        now_utc_s: Unix time, for what expires.
        told: Called with the error when the file breaks, and with None when it is whole again.
    """

    def __init__(
        self,
        path: Path,
        recheck_us: int = 1_000_000,
        now_utc_s: Callable[[], float] = time.time,
        told: Callable[[KeyFileError | None], None] = lambda error: None,
    ) -> None:
        self.broken: KeyFileError | None = None
        """Why the file cannot be used now, None where it can."""
        self._path = path
        self._recheck_us = recheck_us
        self._now_utc_s = now_utc_s
        self._told = told
        self._checked_us: int | None = None
        self._broken_us = 0
        self._stamp: Stamp | None = None
        self._keys: dict[str, ApiKey] | None = None

    def verify(self, presented: str, now_us: int) -> ApiKey:
        """Return the key that was presented; a revoked one is refused within a second.

        Raises:
            UnknownKey: Not a valid key; ``ExpiredKey`` for one that was.
            KeyFileError: The file cannot be read, and the key was not valid before it broke.
        """
        if self._checked_us is None or now_us - self._checked_us >= self._recheck_us:
            self._reload(now_us)
            self._checked_us = now_us
        if self.broken is None:
            return verify(presented, self._keys or {}, self._now_utc_s())
        held = self._keys is not None and now_us - self._broken_us < HELD_S * 1_000_000
        if not held:
            raise KeyFileError(str(self.broken))
        try:
            return verify(presented, self._keys or {}, self._now_utc_s())
        except ExpiredKey:
            raise
        except UnknownKey:
            raise KeyFileError(str(self.broken)) from None

    def _reload(self, now_us: int) -> None:
        try:
            stamp = self._stamp_now()
            if stamp == self._stamp:
                return
            keys = read_keys(self._path)
        except KeyFileError as error:
            self._note_broken(error, now_us)
            return
        self._keys, self._stamp = keys, stamp
        if self.broken is not None:
            self.broken = None
            self._told(None)

    def _stamp_now(self) -> Stamp:
        try:
            status = self._path.stat()
        except FileNotFoundError as error:
            # Nothing is held over: whoever takes the file away means it.
            self._keys = None
            raise KeyFileError(f"{self._path} cannot be read: {error.strerror}") from None
        except OSError as error:
            raise KeyFileError(f"{self._path} cannot be read: {error.strerror}") from None
        return (status.st_mtime_ns, status.st_ino, status.st_size)

    def _note_broken(self, error: KeyFileError, now_us: int) -> None:
        self._stamp = None
        if self.broken is None:
            self._broken_us = now_us
        if str(error) != str(self.broken):
            self._told(error)
        self.broken = error
