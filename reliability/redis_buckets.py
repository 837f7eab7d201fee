"""Buckets in Redis, for clusters that already run one: exact, shared, no leases.

One Lua script settles a whole round, so a replica makes one round trip however many clients
wait. Redis' own clock decides; tokens are spent when they are granted.
"""

import itertools
from collections.abc import Sequence
from typing import Any

from reliability.errors import AuthorityDown
from reliability.leases import (
    LIFETIME_US,
    Denial,
    Grant,
    LeaseRequest,
    Returned,
    Settlement,
)

SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local answers = {}
for i, key in ipairs(KEYS) do
  local a = (i - 1) * 5
  local limit, period, burst = tonumber(ARGV[a+1]), tonumber(ARGV[a+2]), tonumber(ARGV[a+3])
  local need, want = tonumber(ARGV[a+4]), tonumber(ARGV[a+5])
  local state = redis.call('HMGET', key, 'shares', 'at', 'period')
  local shares, at = burst * period, now
  if state[1] then
    at = math.max(now, tonumber(state[2]))
    shares = tonumber(state[1])
    if tonumber(state[3]) ~= period then
      shares = math.floor(shares / tonumber(state[3]) * period)
    end
    shares = math.min(burst * period, shares + math.max(0, now - tonumber(state[2])) * limit)
  end
  local available, granted, wait = math.max(0, math.floor(shares / period)), 0, 0
  if available >= need then
    granted = math.min(available, want)
    shares = shares - granted * period
  else
    wait = math.ceil((need * period - shares) / limit)
  end
  local full = math.ceil((burst * period - shares) / limit)
  redis.call('HSET', key, 'shares', string.format('%.0f', shares),
             'at', string.format('%.0f', at), 'period', period)
  redis.call('PEXPIRE', key, math.ceil(full / 1000) + 1000)
  answers[i] = {granted, math.max(0, math.floor(shares / period)), wait, full}
end
return answers
"""


class RedisBuckets:
    """Implements ``reliability.leases.Authority`` over a Redis connection.

    Needs the optional extra ``redis``.
    """

    def __init__(self, url: str, timeout_s: float, replicas: int) -> None:
        from redis.asyncio import Redis
        from redis.exceptions import RedisError

        self._errors = (RedisError, OSError, TimeoutError)
        self._replicas = replicas
        self._redis: Any = Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s
        )
        self._script: Any = self._redis.register_script(SCRIPT)
        self._numbers = itertools.count(1)

    async def settle(
        self, replica: str, requests: Sequence[LeaseRequest], returned: Sequence[Returned]
    ) -> Settlement:
        """Grant exactly what waits; nothing unspent comes back, since nothing is lent ahead.

        Raises:
            AuthorityDown: Redis does not answer.
        """
        try:
            if not requests:
                await self._redis.ping()
                return Settlement((), self._replicas)
            answers = await self._script(
                keys=[f"brainwav:bucket:{request.key}" for request in requests],
                args=[value for request in requests for value in _arguments(request)],
            )
        except self._errors as error:
            raise AuthorityDown(f"redis does not answer: {type(error).__name__}") from None
        return Settlement(tuple(map(self._answer, answers)), self._replicas)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _answer(self, raw: Sequence[int]) -> Grant | Denial:
        granted, left, wait_us, full_in_us = map(int, raw)
        if granted:
            return Grant(next(self._numbers), granted, LIFETIME_US, left, full_in_us)
        return Denial(wait_us, left, full_in_us)


def _arguments(request: LeaseRequest) -> tuple[int, ...]:
    policy = request.policy
    return (policy.limit, policy.period_us, policy.burst, request.need, request.want)
