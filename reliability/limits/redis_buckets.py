"""Buckets in Redis, for clusters that already run one: exact, shared, leased.

One Lua script settles a whole round, so a replica makes one round trip however many clients
wait. Redis' own clock decides. What is lent keeps its room in the bucket until it comes back or
is void, as with ``reliability.limits.account``: it can neither be lost nor be saved up beside a
full bucket. Should that clock be set back, buckets refill from the new time on.
"""

import itertools
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from reliability.errors import AuthorityDown
from reliability.limits.leases import (
    LIFETIME_US,
    Denial,
    Grant,
    LeaseRequest,
    Owed,
    Returned,
    Settlement,
)
from reliability.limits.token_bucket import US

HOLD_US = LIFETIME_US + 2 * US
"""So long room is kept for a lease; what is left of it comes back by then or never."""
MOST_LEASES = 100_000
SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local hold, back, owed, a = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), 3
local function whole(number) return string.format('%.0f', number) end

for i = 1, back do
  local lent, unspent = tonumber(ARGV[a+1]), tonumber(ARGV[a+2])
  a = a + 2
  local state = redis.call('HMGET', KEYS[i], 'shares', 'period', 'held', 'until')
  local held = tonumber(state[3] or 0)
  if state[1] and held > 0 and now < tonumber(state[4]) then
    lent = math.min(lent, held)
    local shares = tonumber(state[1]) + math.min(unspent, lent) * tonumber(state[2])
    redis.call('HSET', KEYS[i], 'shares', whole(shares), 'held', whole(held - lent))
  end
end

local answers = {}
for i = back + 1, #KEYS do
  local key = KEYS[i]
  local limit, period, burst = tonumber(ARGV[a+1]), tonumber(ARGV[a+2]), tonumber(ARGV[a+3])
  local need, want = tonumber(ARGV[a+4]), tonumber(ARGV[a+5])
  a = a + 5
  local is_owed = i <= back + owed
  local state = redis.call('HMGET', key, 'shares', 'at', 'period', 'held', 'until')
  local shares, at, held, ends = burst * period, now, 0, 0
  if state[1] then
    shares, at = tonumber(state[1]), tonumber(state[2])
    held, ends = tonumber(state[4] or 0), tonumber(state[5] or 0)
    if tonumber(state[3]) ~= period then
      shares = math.floor(shares / tonumber(state[3]) * period)
    end
    if at > now + 1000000 then at = now end
    ends = math.min(ends, now + hold)
    if held > 0 and ends <= now then
      local room = math.max(0, burst - held) * period
      shares = math.min(room, shares + math.max(0, ends - at) * limit)
      at, held = math.max(at, ends), 0
    end
    local room = math.max(0, burst - held) * period
    shares = math.min(room, shares + math.max(0, now - at) * limit)
    at = math.max(at, now)
  end
  local available, granted, wait = math.max(0, math.floor(shares / period)), 0, 0
  if is_owed then
    shares = math.max(-burst * period, shares - need * period)
  elseif available >= need then
    granted = math.min(available, want)
    shares = shares - granted * period
    held, ends = held + granted, now + hold
  else
    wait = math.ceil((need * period - shares) / limit)
  end
  local full = math.ceil((burst * period - shares) / limit)
  redis.call('HSET', key, 'shares', whole(shares), 'at', whole(at), 'period', period,
             'held', whole(held), 'until', whole(ends))
  redis.call('PEXPIRE', key, math.ceil(math.max(full, hold) / 1000) + 1000)
  if not is_owed then
    answers[#answers + 1] = {granted, math.max(0, math.floor(shares / period)), wait, full}
  end
end
return answers
"""


class RedisBuckets:
    """Implements ``reliability.limits.leases.Authority`` over a Redis connection.

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
        self._lent: OrderedDict[int, int] = OrderedDict()

    async def settle(
        self, replica: str, requests: Sequence[LeaseRequest], returned: Sequence[Returned | Owed]
    ) -> Settlement:
        """Take back what was not spent, charge what was spent unheard, then lend.

        Redis credits its buckets for the time of an outage, so all of that is charged.

        Raises:
            AuthorityDown: Redis does not answer.
        """
        owed = [item for item in returned if isinstance(item, Owed)]
        over = [item for item in returned if isinstance(item, Returned)]
        lent = [(item, self._lent.pop(item.lease)) for item in over if item.lease in self._lent]
        try:
            if not requests and not lent and not owed:
                await self._redis.ping()
                return Settlement((), self._replicas)
            asking = [LeaseRequest(item.key, item.policy, item.tokens, 0) for item in owed]
            asking += requests
            keys = [*(item.key for item, _ in lent), *(request.key for request in asking)]
            back = [value for item, tokens in lent for value in (tokens, item.unspent)]
            asked = [value for request in asking for value in _arguments(request)]
            answers = await self._script(
                keys=[f"brainwav:bucket:{key}" for key in keys],
                args=[HOLD_US, len(lent), len(owed), *back, *asked],
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
            number = next(self._numbers)
            self._lent[number] = granted
            if len(self._lent) > MOST_LEASES:
                self._lent.popitem(last=False)
            return Grant(number, granted, LIFETIME_US, left, full_in_us)
        return Denial(wait_us, left, full_in_us)


def _arguments(request: LeaseRequest) -> tuple[int, ...]:
    policy = request.policy
    return (policy.limit, policy.period_us, policy.burst, request.need, request.want)
