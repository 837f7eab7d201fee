"""The RateLimiter deployment: the one owner of the token buckets."""

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

from ray import serve

from reliability.authority import BucketAuthority
from reliability.bucket_file import BucketFile
from reliability.leases import LeaseRequest, Returned, Settlement

log = logging.getLogger("ray.serve")

TIDY_S = 1.0


def monotonic_us() -> int:
    """Return microseconds of a clock that never goes back, the same for all processes here."""
    return time.monotonic_ns() // 1000


@serve.deployment()
class RateLimiter:
    """Lends tokens to ingress replicas; what it lent survives its own restart."""

    async def __init__(self, bucket_file: str) -> None:
        self._journal = BucketFile(Path(bucket_file))
        self._buckets = BucketAuthority(self._journal, monotonic_us())
        self._tidying = asyncio.create_task(self._tidy_forever())
        log.info("rate_limiter.ready buckets=%d", len(self._buckets))

    async def settle(
        self, replica: str, requests: Sequence[LeaseRequest], returned: Sequence[Returned]
    ) -> Settlement:
        """Take back, then lend."""
        return self._buckets.settle(replica, requests, returned, monotonic_us())

    async def probe(self) -> dict[str, object]:
        """Say how many buckets and ingress replicas there are."""
        now_us = monotonic_us()
        return {
            "buckets": len(self._buckets),
            "ingress_replicas": self._buckets.replicas(now_us),
            "replica_pid": os.getpid(),
        }

    async def _tidy_forever(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            try:
                self._buckets.tidy(monotonic_us())
            # A full disk must not stop the tidying for good.
            except Exception:
                log.exception("rate_limiter.tidy_failed")

    async def __del__(self) -> None:
        self._tidying.cancel()
        self._journal.close()
