"""The writer's upkeep of its namespaces, beside its upserts and on their event loop."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from retrieval.documents import check_namespace
from retrieval.errors import NotFound
from retrieval.store.connection import is_gone, open_table
from retrieval.store.faults import faults_told
from retrieval.store.schema import table_of, version_of
from retrieval.store.writing import analysing, purging
from retrieval.store.writing.columns import unused_columns
from retrieval.store.writing.fence import Fence
from retrieval.store.writing.maintenance_plan import Action, Stats, Upkeep, due
from retrieval.store.writing.maintenance_run import (
    KEEP_VERSIONS,
    MaintenanceReport,
    carry_out,
    gather_stats,
)
from retrieval.store.writing.pacing import Pacing


class Housekeeping:
    """Keeps namespaces small and quick to read.

    Args:
        db: The index.
        fence: Of its writer.
        locks: By namespace: whoever holds one commits alone.
    """

    def __init__(
        self, db: AsyncConnection, fence: Fence, locks: defaultdict[str, asyncio.Lock]
    ) -> None:
        self._db, self._fence, self._locks = db, fence, locks
        self._rests: defaultdict[str, Pacing] = defaultdict(Pacing)
        self._sweeps: defaultdict[str, Pacing] = defaultdict(Pacing)
        self._unthinned: set[str] = set()
        """Namespaces that lost no document since their unused columns were dropped."""
        self._filled: dict[str, set[str]] = {}
        """Columns filled while unused ones are looked for, by namespace."""

    def fills(self, namespace: str, columns: set[str]) -> None:
        """Note which columns are about to be filled."""
        if namespace in self._filled:
            self._filled[namespace] |= columns

    def loses(self, namespace: str) -> None:
        """Note that documents go or are replaced: columns may be filled by none now."""
        self._unthinned.discard(namespace)

    async def maintain(self, namespace: str, spared: bool = False) -> MaintenanceReport:
        """Do the upkeep that is due. Upserts may run meanwhile, on this event loop.

        Args:
            spared: Put off what a bulk job that is writing would only undo.

        Raises:
            NotFound: No such namespace.
        """
        check_namespace(namespace)
        try:
            return await self._maintain(namespace, spared)
        except RuntimeError as error:
            if is_gone(error):
                raise NotFound(f"namespace {namespace!r} was dropped", "namespace") from error
            raise

    async def _maintain(self, namespace: str, spared: bool) -> MaintenanceReport:
        await self._fence.check()
        # A handle of its own: a checkout here must not move the one upserts use.
        table = await own_handle(self._db, namespace)
        stats = await gather_stats(self._db, table, namespace)
        actions = due(self._with_rests(stats, namespace), spared)
        done = [action for action in actions if await self._carry_out(table, namespace, action)]
        return MaintenanceReport(
            namespace,
            tuple(action.upkeep.value for action in done),
            await version_of(table),
        )

    def _with_rests(self, stats: Stats, namespace: str) -> Stats:
        return replace(
            stats,
            rested=self._rests[namespace].rested(),
            thinned=namespace not in self._unthinned,
            swept_rested=self._sweeps[namespace].rested(),
        )

    async def _carry_out(self, table: AsyncTable, namespace: str, action: Action) -> bool:
        """Do what is due; say whether there was something to do."""
        if action.upkeep is Upkeep.DROP_COLUMNS:
            with self._sweeps[namespace].after_work():
                return await self._drop_unused(table, namespace)
        if action.upkeep is Upkeep.ANALYSE_TEXT:
            lock, now = self._locks[namespace], datetime.now(UTC)
            await analysing.analyse_part(table, lock, self._fence, now)
            return True
        rest = self._rests[namespace]
        with rest.after_work() if action.upkeep is Upkeep.OPTIMIZE else nullcontext():
            lock = self._locks[namespace]
            await carry_out(self._db, table, namespace, action, lock, self._fence.check)
        return True

    async def _drop_unused(self, table: AsyncTable, namespace: str) -> bool:
        """Drop the columns that no document fills; say whether there were any.

        Readers that have begun go on at the version that they read.
        """
        self._filled[namespace] = set()
        self._unthinned.add(namespace)
        try:
            await table.checkout_latest()
            unused = await unused_columns(table)
            if not unused:
                return False
            # What was written while we looked has been noted; from here on nothing is written.
            async with self._locks[namespace]:
                unused -= self._filled[namespace]
                unused &= set((await self._fence.snapshot(table)).names)
                if unused:
                    await table.drop_columns(sorted(unused))
                return bool(unused)
        except BaseException:
            self._unthinned.discard(namespace)
            raise
        finally:
            del self._filled[namespace]

    async def rewrite(self, namespace: str) -> None:
        """Write a namespace anew, so that its latest version holds nothing of deleted documents.

        Upserts may run meanwhile, on this event loop.

        Raises:
            NotFound: No such namespace.
        """
        table = await own_handle(self._db, namespace)
        with faults_told():
            await purging.rewrite(self._db, table, namespace, self._locks[namespace], self._fence)

    async def remove_old_versions(
        self, namespace: str, older_than: timedelta = KEEP_VERSIONS
    ) -> bool:
        """Remove the files of versions that no reader needs; say whether all of them went.

        Raises:
            NotFound: No such namespace.
        """
        await self._fence.check()
        return await purging.remove(await own_handle(self._db, namespace), older_than)


async def own_handle(db: AsyncConnection, namespace: str) -> AsyncTable:
    """Return a handle that may be moved: not the one that upserts use.

    Raises:
        NotFound: No such namespace.
    """
    check_namespace(namespace)
    table = await open_table(db, table_of(namespace))
    if table is None:
        raise NotFound(f"no namespace {namespace!r}", "namespace")
    return table
