"""Locks that know who holds them, and state that may be touched only while they are held.

A test that lets threads race finds a missing lock by luck. These find it in every run, in one
thread: whoever reads or writes guarded state without holding its lock is noted, whether anybody
else would have come in between or not.
"""

import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class WatchedLock:
    """A ``threading.Lock`` that says whether the current thread holds it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    @property
    def held(self) -> bool:
        """Whether the current thread holds it."""
        return self._owner == threading.get_ident()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        taken = self._lock.acquire(blocking, timeout)
        if taken:
            self._owner = threading.get_ident()
        return taken

    def release(self) -> None:
        self._owner = None
        self._lock.release()

    def __enter__(self) -> "WatchedLock":
        self.acquire()
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


class NoLock(WatchedLock):
    """What is left of a lock that somebody took away: it can be entered, and nobody holds it."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        return True

    def release(self) -> None:
        return


class Touches:
    """What was touched without the lock, from any thread."""

    def __init__(self, lock: WatchedLock) -> None:
        self.lock = lock
        self.without: list[str] = []

    def note(self, what: str) -> None:
        if not self.lock.held:
            self.without.append(what)


def guard(owner: Any, touches: Touches, *names: str) -> None:
    """Have every access to these attributes of an object noted, to be undone by nobody.

    Args:
        owner: An object whose class has no slots; it goes on as one of a class of its own.
    """
    kind = type(owner)

    def reading(self: Any, name: str) -> Any:
        if name in names:
            touches.note(f"{kind.__name__}.{name} is read")
        return kind.__getattribute__(self, name)

    def writing(self: Any, name: str, value: Any) -> None:
        if name in names:
            touches.note(f"{kind.__name__}.{name} is set")
        kind.__setattr__(self, name, value)

    members = {"__getattribute__": reading, "__setattr__": writing}
    owner.__class__ = type(f"Guarded{kind.__name__}", (kind,), members)


def threads_with(lock: WatchedLock) -> types.SimpleNamespace:
    """Return a module `threading` whose first lock is this one."""
    locks: Iterator[Any] = iter([lock])
    made = vars(threading) | {"Lock": lambda: next(locks, None) or threading.Lock()}
    return types.SimpleNamespace(**made)


@contextmanager
def taken_away(owner: Any, touches: Touches, name: str = "_lock") -> Iterator[None]:
    """Take an object's lock away inside: what a change that forgets it would leave."""
    kept = touches.lock
    touches.lock = NoLock()
    setattr(owner, name, touches.lock)
    try:
        yield
    finally:
        touches.lock = kept
        setattr(owner, name, kept)
