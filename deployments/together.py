"""Several jobs side by side: the first error ends the others and is raised as itself.

A TaskGroup raises a group of errors, which whoever translates errors by their kind does not know;
``asyncio.gather`` leaves the others running.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


async def together(jobs: Sequence[Coroutine[Any, Any, None]], at_once: int) -> None:
    """Run jobs to their end, at most so many at a time.

    Cancelling it cancels them, and all have ended when it returns or raises.
    """
    if len(jobs) == 1:
        await jobs[0]
        return
    waiting = iter(jobs)
    running: set[asyncio.Task[None]] = set()
    try:
        while True:
            free = range(at_once - len(running))
            running |= {asyncio.create_task(job) for _, job in zip(free, waiting, strict=False)}
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for error in [task.exception() for task in done]:
                if error is not None:
                    raise error
    finally:
        for job in waiting:
            job.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
