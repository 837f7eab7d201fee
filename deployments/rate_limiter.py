"""The RateLimiter deployment: the one owner of the token buckets."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ray import serve
from ray.serve.handle import DeploymentHandle

from deployments.replica.base import Replica
from deployments.replica.observed import observed
from deployments.replica.state_files import opened, tell_health
from deployments.settings.tunables import RateLimiterTunables
from reliability.limits.authority import BucketAuthority
from reliability.limits.bucket_file import BucketFile
from reliability.limits.holdings import Holdings
from reliability.limits.leases import LeaseRequest, Owed, Returned, Settlement
from storage.errors import StorageError
from telemetry.logs import get_logger

log = get_logger()

TIDY_S = 1.0


def monotonic_us() -> int:
    """Return microseconds of a clock that never goes back, the same for all processes here."""
    return time.monotonic_ns() // 1000


@serve.deployment()
class RateLimiter:
    """Lends tokens to ingress replicas; what it lent survives its own restart."""

    async def __init__(self, hub: DeploymentHandle, bucket_file: str) -> None:
        self.replica = Replica("RateLimiter", hub)
        self.replica.start()
        self._journal = await opened(lambda: _claimed(Path(bucket_file)), bucket_file)
        self._buckets = BucketAuthority(self._journal, monotonic_us())
        self.replica.collect(
            lambda registry: tell_health(registry, "RateLimiter", self._journal.health)
        )
        self._tidying = asyncio.create_task(self._tidy_forever())
        log.info("rate_limiter.ready", buckets=len(self._buckets))

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change the bound of memory."""
        tunables = RateLimiterTunables.model_validate(config)
        self.replica.memory.configure(tunables.memory)

    async def settle(
        self, replica: str, requests: Sequence[LeaseRequest], returned: Sequence[Returned | Owed]
    ) -> Settlement:
        """Take back, then lend.

        Raises:
            storage.errors.StoreDown: What would be lent cannot be written down: there is no
                owner of the buckets now, and replicas go by their own shares.
        """
        return self._buckets.settle(replica, requests, returned, monotonic_us())

    @observed
    async def holdings(self) -> Holdings:
        """Tell what clients have left."""
        return self._buckets.holdings(monotonic_us())

    @observed
    async def probe(self) -> dict[str, object]:
        """Say how many buckets and ingress replicas there are, and whether loans are written."""
        now_us = monotonic_us()
        return {
            "buckets": len(self._buckets),
            "ingress_replicas": self._buckets.replicas(now_us),
            "replica_pid": os.getpid(),
            **self._journal.health.said(),
        }

    async def _tidy_forever(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            try:
                self._buckets.tidy(monotonic_us())
            # A full disk must not stop the tidying for good; the file says once that it is.
            except StorageError:
                continue
            except Exception as error:
                log.error("rate_limiter.tidy_failed", exc_info=error)

    async def check_health(self) -> None:
        """Fail once this replica was told to end, so that Serve replaces it."""
        self.replica.check_health()

    async def __del__(self) -> None:
        self._tidying.cancel()
        self._journal.close()
        await self.replica.stop()


def _claimed(path: Path) -> BucketFile:
    file = BucketFile(path)
    try:
        file.store.claim()
    except BaseException:
        file.close()
        raise
    return file
