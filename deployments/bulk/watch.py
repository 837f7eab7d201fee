"""Watching the service from inside a job: how quick it is, and whether anybody else uses it."""

import asyncio
import contextlib
import math
import statistics
import time
from dataclasses import dataclass

from deployments.bulk.rate_controller import RateController
from deployments.bulk.service import PASSING, BulkService
from deployments.bulk.slots import Slots
from deployments.together import together
from retrieval.search.query_vectors import retry_on_model_change

QUIET_PROBES = 15
EVERY_S = 0.25
ALONE_EVERY_S = 2.0
"""Between probes while a job at full pace disturbs nobody: each costs what a search costs."""
OTHERS_EVERY_S = 1.0
OTHERS_KEPT_S = 5.0
"""Somebody who searched is expected back for so long."""
SPARE_S = 60.0
"""The writer forgets a job that says nothing for so long."""


@dataclass(slots=True)
class Watch:
    """Probes until cancelled and tells the pace.

    A probe is a search, so that it waits wherever a user's search waits: for the query's
    vector behind the job's own pictures, and for the cores.
    """

    service: BulkService
    namespace: str
    pace: RateController
    slots: Slots
    own_probes: int = 0
    others_until_s: float = -math.inf

    async def run(self) -> None:
        """Probe for ever; a failed probe says nothing of the pace and is left out."""
        await together([self._probe(), self._count_others(), self._spare_index()], 3)

    async def _probe(self) -> None:
        while True:
            with contextlib.suppress(*PASSING):
                took_ms = await self._timed_ms()
                self.pace.probed(took_ms, self._has_others)
                self.slots.let_in()
            await self._until_next()

    async def _until_next(self) -> None:
        """Wait for the next probe's time; somebody who comes meanwhile brings it forward."""
        alone_until_s = time.monotonic() + ALONE_EVERY_S
        await asyncio.sleep(EVERY_S)
        # What is waited for is a time, and others' searches that are asked for once a second.
        while self._disturbs_nobody and time.monotonic() < alone_until_s:  # noqa: ASYNC110
            await asyncio.sleep(EVERY_S)

    @property
    def _disturbs_nobody(self) -> bool:
        return self.pace.is_full and not self._has_others

    @property
    def _has_others(self) -> bool:
        return time.monotonic() < self.others_until_s

    async def _timed_ms(self) -> float:
        start_s = time.perf_counter()
        self.own_probes += 1
        await self.service.probe(self.namespace)
        return (time.perf_counter() - start_s) * 1000

    async def _count_others(self) -> None:
        before: int | None = None
        while True:
            with contextlib.suppress(*PASSING):
                others = await self.service.searches() - self.own_probes
                # A replica that ended took its count along: fewer than before says nothing.
                # One more may be a probe that is counted here and not yet there.
                if before is not None and others > before + 1:
                    self.others_until_s = time.monotonic() + OTHERS_KEPT_S
                before = others
            await asyncio.sleep(OTHERS_EVERY_S)

    async def _spare_index(self) -> None:
        while True:
            with contextlib.suppress(*PASSING):
                await self.service.spare_index(self.namespace, SPARE_S)
            await asyncio.sleep(SPARE_S / 3)


async def baseline_latency_ms(service: BulkService, namespace: str) -> float:
    """Return how long a probe takes before the job has begun: the slower of most of them."""
    times = []
    for _ in range(QUIET_PROBES):
        start_s = time.perf_counter()
        await retry_on_model_change(lambda: service.probe(namespace))
        times.append((time.perf_counter() - start_s) * 1000)
    # The first ones open connections.
    return statistics.quantiles(times[3:], n=10)[-1]
