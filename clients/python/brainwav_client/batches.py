"""Long lists go in parts, and say how far they are."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from typing import TextIO, TypeVar

T = TypeVar("T")
MOST_BYTES = 8 * 1024 * 1024
"""Of one part, as far as it depends on this client: a large item goes alone."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long request is; ``total`` is None where nobody knows it."""

    done: int
    failed: int
    total: int | None


Watch = Callable[[Progress], None] | bool
"""Told after every part; ``True`` draws a bar on stderr."""


def watching(watch: Watch) -> Callable[[Progress], None]:
    """Return what is told of the progress."""
    if callable(watch):
        return watch
    return Bar(sys.stderr) if watch else lambda progress: None


def length_of(items: Iterable[object]) -> int | None:
    """Return how many there are, where that is known beforehand."""
    return len(items) if isinstance(items, Sized) else None


def parts(items: Iterable[T], most: int, size: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield lists of at most ``most`` items and, but for single ones, of a bounded size."""
    part: list[T] = []
    held = 0
    for item in items:
        item_bytes = size(item)
        if part and held + item_bytes > MOST_BYTES:
            yield part
            part, held = [], 0
        part.append(item)
        held += item_bytes
        if len(part) == most:
            # At once: what comes next may take long, or fail.
            yield part
            part, held = [], 0
    if part:
        yield part


def moved(where: str, by: int) -> str:
    """Return a place such as ``documents.3.text`` in the whole list that a part belongs to."""
    return re.sub(r"^(documents|inputs|file)\.(\d+)", lambda m: f"{m[1]}.{int(m[2]) + by}", where)


class Bar:
    """A bar on a terminal; elsewhere a line at the end only."""

    WIDTH = 30

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, progress: Progress) -> None:
        ended = progress.done == progress.total
        if self._out.isatty():
            self._out.write(f"\r{self.drawn(progress)}" + ("\n" if ended else ""))
            self._out.flush()
        elif ended:
            self._out.write(f"{self.drawn(progress)}\n")

    def drawn(self, progress: Progress) -> str:
        """Return one line."""
        failed = f", {progress.failed} failed" if progress.failed else ""
        if not progress.total:
            return f"{progress.done} done{failed}"
        filled = self.WIDTH * progress.done // progress.total
        bar = "#" * filled + "." * (self.WIDTH - filled)
        return f"[{bar}] {progress.done}/{progress.total}{failed}"
