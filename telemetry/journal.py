"""The last requests of a process in a file that outlives it: what a SIGKILL would take along.

A replica pushes once a second. What it answered since lies in this ring, mapped into memory, so
that writing costs a microsecond and the kernel keeps it when the process dies. Each record says
which push was the last before it: whoever finds the ring asks the hub which push arrived, and
replays what came after, no more and no less. The owner holds a lock on the file; it falls with
the process, and is how others know.
"""

import fcntl
import math
import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from telemetry.aggregate import MetricSource

_HEAD = struct.Struct("<8s64s64s64sQ")
_RECORD = struct.Struct("<Q8s72sHddd")
_COUNT_AT = _HEAD.size - 8
_COUNT = struct.Struct("<Q")
_AFTER = struct.Struct("<Q")
MAGIC = b"bwring2\0"
CAPACITY = 1 << 15
"""Requests of several seconds at full speed. Should the hub be away for longer than that, and
the replica die before it is back, the oldest are lost."""
UNKNOWN = float("nan")
SUFFIX = ".ring"
UNREADABLE = ".unreadable"
MOST_UNREADABLE = 4


@dataclass(frozen=True, slots=True)
class Answered:
    """One request that was answered."""

    after: int
    """The last push that was made before."""
    method: str
    endpoint: str
    status: int
    seconds: float
    energy_j: float | None = None
    carbon_g: float | None = None


class Journal:
    """The ring of one running process.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, folder: Path, source: MetricSource, capacity: int = CAPACITY) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{source.component}_{source.replica}_{source.epoch}{SUFFIX}"
        self._capacity = capacity
        self._count = 0
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        # Locked before it has its size: whoever finds it half made leaves it alone.
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        # Reserved, not only named: a full disk must be an error here, not a crash later.
        os.posix_fallocate(self._descriptor, 0, _HEAD.size + capacity * _RECORD.size)
        self._map = mmap.mmap(self._descriptor, 0)
        names = (source.component.encode(), source.replica.encode(), source.epoch.encode())
        _HEAD.pack_into(self._map, 0, MAGIC, *names, 0)

    def append(self, answered: Answered) -> None:
        """Write one request."""
        at = _HEAD.size + (self._count % self._capacity) * _RECORD.size
        _RECORD.pack_into(
            self._map,
            at,
            answered.after,
            answered.method.encode(),
            answered.endpoint.encode(),
            answered.status,
            answered.seconds,
            UNKNOWN if answered.energy_j is None else answered.energy_j,
            UNKNOWN if answered.carbon_g is None else answered.carbon_g,
        )
        self._count += 1
        # Last: a record that is half written does not count.
        _COUNT.pack_into(self._map, _COUNT_AT, self._count)

    def remove(self) -> None:
        """Delete the ring: everything in it was pushed."""
        self.path.unlink(missing_ok=True)
        self._map.close()
        os.close(self._descriptor)


@dataclass(frozen=True, slots=True)
class Orphan:
    """What a process left that is no more."""

    path: Path
    source: MetricSource
    answered: tuple[Answered, ...]


class UnreadableRing(Exception):
    """No ring, one of a version that is not known, or one that was never finished."""


def orphaned(folder: Path) -> Iterator[Path]:
    """Yield the rings in a folder whose processes have ended; nothing is read of them."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Its process lives, or somebody else has just taken it.
            continue
        yield path


def source_of(path: Path) -> MetricSource:
    """Return whose ring it is; cheap, unlike ``read_ring``.

    Raises:
        UnreadableRing: Nobody can tell.
        OSError: It is gone.
    """
    with path.open("rb") as file:
        return _head(file.read(_HEAD.size))[0]


def read_ring(path: Path, arrived: int = 0) -> Orphan:
    """Return what a ring holds of the time after a push, oldest first.

    A record that cannot be (half of one, from a disk that lost a block) is left out.

    Raises:
        UnreadableRing: It holds nothing that can be read.
        OSError: It is gone.
    """
    data = path.read_bytes()
    source, count = _head(data)
    capacity = (len(data) - _HEAD.size) // _RECORD.size
    if not capacity:
        raise UnreadableRing("it has no room for a record")
    found = (_answered(data, n % capacity, arrived) for n in range(max(0, count - capacity), count))
    return Orphan(path, source, tuple(request for request in found if request is not None))


def orphans(folder: Path) -> Iterator[Orphan]:
    """Yield what processes that have ended left in a folder, as far as it can be read."""
    for path in orphaned(folder):
        try:
            yield read_ring(path)
        except (UnreadableRing, OSError):
            continue


def set_aside(path: Path) -> None:
    """Give a ring that cannot be read another name, so that nobody reads it again and again.

    The latest few are kept for whoever wants to know; more would fill the folder.
    """
    folder = path.parent
    path.rename(path.with_name(path.name + UNREADABLE))
    kept = sorted(folder.glob(f"*{SUFFIX}{UNREADABLE}"), key=lambda each: each.stat().st_mtime_ns)
    for old in kept[:-MOST_UNREADABLE]:
        old.unlink(missing_ok=True)


def _head(data: bytes) -> tuple[MetricSource, int]:
    if len(data) < _HEAD.size:
        raise UnreadableRing("it ends within its head")
    magic, component, replica, epoch, count = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise UnreadableRing("it is of another kind or version")
    try:
        return MetricSource(_text(component), _text(replica), _text(epoch)), count
    except UnicodeDecodeError:
        raise UnreadableRing("its names are no text") from None


def _answered(data: bytes, slot: int, arrived: int) -> Answered | None:
    at = _HEAD.size + slot * _RECORD.size
    if _AFTER.unpack_from(data, at)[0] < arrived:
        return None
    after, method, endpoint, status, seconds, *cost = _RECORD.unpack_from(data, at)
    energy_j, carbon_g = (None if math.isnan(amount) else amount for amount in cost)
    sound = 100 <= status < 600 and 0.0 <= seconds < math.inf
    try:
        return (
            Answered(after, _text(method), _text(endpoint), status, seconds, energy_j, carbon_g)
            if sound
            else None
        )
    except UnicodeDecodeError:
        return None


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode()
