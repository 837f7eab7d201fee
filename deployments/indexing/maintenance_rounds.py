"""Rounds of upkeep over all namespaces of an index, each on its own."""

from collections.abc import Callable
from typing import Protocol

from retrieval.errors import NotFound, WriterReplaced
from retrieval.store.writing.maintenance_run import MaintenanceReport
from telemetry.logs import get_logger

log = get_logger()


class MaintainedIndex(Protocol):
    """The part of ``IndexStore`` that upkeep needs."""

    async def check(self) -> None: ...

    async def namespaces(self) -> list[str]: ...

    async def maintain(self, namespace: str, spared: bool = False) -> MaintenanceReport: ...


class UpkeepRounds:
    """Looks after every namespace once a round.

    Args:
        store: Does the work.
        is_spared: Says of a namespace that costly builds are put off.
        maintained: Told ``ok`` or ``failed`` for each namespace with which something was done.
    """

    def __init__(
        self,
        store: MaintainedIndex,
        is_spared: Callable[[str], bool],
        maintained: Callable[[str], None],
    ) -> None:
        self._store = store
        self._is_spared = is_spared
        self._maintained = maintained
        self.failing: dict[str, str] = {}
        """Namespaces whose upkeep failed in the last round, and what was said."""

    async def run(self) -> None:
        """Look at every namespace; one that fails keeps no other from its turn.

        Raises:
            WriterReplaced: Another writer has the index by now.
        """
        # Also where nothing is due: the older of two writers shall stop, not wait.
        await self._store.check()
        failing: dict[str, str] = {}
        for namespace in await self._store.namespaces():
            try:
                await self._maintain(namespace)
            except WriterReplaced:
                raise
            except NotFound:
                # It was dropped meanwhile.
                continue
            # Whatever is wrong with it: the next round tries again.
            except Exception as error:
                self._maintained("failed")
                failing[namespace] = str(error)
                # Once: a broken one would fill the log, round by round.
                if namespace not in self.failing:
                    log.error("index.maintenance_failed", namespace=namespace, exc_info=error)
        self.failing = failing

    async def _maintain(self, namespace: str) -> None:
        report = await self._store.maintain(namespace, self._is_spared(namespace))
        if report.actions:
            self._maintained("ok")
            log.info("index.maintained", actions=report.actions)
