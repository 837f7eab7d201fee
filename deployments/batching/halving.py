"""One pass over strangers: where it raises, it is halved until the fault is single items'."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def results_of(
    run: Callable[[Hashable, list[Item]], Sequence[Result]], lane: Hashable, items: list[Item]
) -> list[Result | Exception]:
    """Return one result or exception for each item, in order."""
    try:
        results: list[Result | Exception] = [*run(lane, items)]
        if len(results) != len(items):
            raise RuntimeError(f"{len(items)} items gave {len(results)} results")
        return results
    # Whatever a model raises belongs to items, not to this thread.
    except Exception as error:
        if len(items) == 1:
            return [error]
        middle = len(items) // 2
        return results_of(run, lane, items[:middle]) + results_of(run, lane, items[middle:])
