"""The owner of the buckets as an ingress replica reaches it: one call with a short deadline."""

import asyncio
from collections.abc import Sequence

from ray.serve.handle import DeploymentHandle

from reliability.errors import AuthorityDown
from reliability.limits.leases import LeaseRequest, Owed, Returned, Settlement


class RayAuthority:
    """Implements ``reliability.limits.leases.Authority`` over the RateLimiter's handle."""

    def __init__(self, handle: DeploymentHandle, timeout_s: float) -> None:
        self._handle = handle
        self._timeout_s = timeout_s

    async def settle(
        self, replica: str, requests: Sequence[LeaseRequest], returned: Sequence[Returned | Owed]
    ) -> Settlement:
        """Ask the RateLimiter.

        Raises:
            AuthorityDown: It is gone, starting, or slower than the deadline.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._handle.settle.remote(replica, requests, returned)
        # Ray, gRPC and Serve have an error each for a replica that is not there.
        except Exception as error:
            raise AuthorityDown(f"the RateLimiter: {type(error).__name__}") from error
