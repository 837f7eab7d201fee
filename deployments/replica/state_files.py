"""Files of state as a deployment opens them: with patience, and telling operators how they are."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from storage.errors import StoreDown
from storage.store import StoreHealth
from telemetry.logs import get_logger
from telemetry.registry import Registry

log = get_logger()
File = TypeVar("File")

TRY_S = 1.0
SAY_S = 30.0
"""So often is said that a file cannot be opened still."""


async def opened(make: Callable[[], File], path: str) -> File:
    """Open a file, however long it takes until it can be: a lock or a full disk passes.

    Meanwhile the deployment is starting, and whoever needs it does as when it is gone. To begin
    without what was kept would give tokens away and let totals fall.

    Raises:
        storage.errors.StorageError: It never can be: a newer version's, or another's.
    """
    said_s = float("-inf")
    while True:
        try:
            return await asyncio.to_thread(make)
        except StoreDown as error:
            if time.monotonic() - said_s > SAY_S:
                said_s = time.monotonic()
                log.error("state.not_opened", path=path, error=str(error))
        await asyncio.sleep(TRY_S)


def tell_health(registry: Registry, component: str, health: StoreHealth) -> None:
    """Set the metrics of a file of state."""
    registry.set("brainwav_state_written", component, to=float(health.ok))
    registry.set("brainwav_state_write_failures_total", component, to=health.failures)
