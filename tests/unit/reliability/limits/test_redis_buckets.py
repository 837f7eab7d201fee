"""The Redis script against the same claims, on a real server where there is one."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reliability.errors import AuthorityDown
from reliability.limits.leases import LIFETIME_US, Denial, Grant, LeaseRequest, Owed, Returned
from reliability.limits.limiter import Limiter
from reliability.limits.redis_buckets import RedisBuckets
from reliability.limits.token_bucket import Policy

SERVER = shutil.which("redis-server")
needs_server = pytest.mark.skipif(
    SERVER is None, reason="redis-server is not installed (apt install redis-server)"
)
SLOW = Policy("p", 1, 3600, 20)
BURST = Policy("p", 1, 3600, 60)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of its own on a Unix socket, without persistence."""
    folder: Path = tmp_path_factory.mktemp("r")
    socket = folder / "s"
    command = [str(SERVER), "--port", "0", "--unixsocket", str(socket), "--save", ""]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    for line in server.stdout:
        if "ready to accept connections" in line.lower():
            break
    yield f"unix://{socket}"
    server.terminate()
    server.wait()


@needs_server
def test_a_hundred_requests_over_four_replicas_get_one_burst(url: str) -> None:
    """Exactly, however they interleave."""

    async def main() -> int:
        replicas = [RedisBuckets(url, 5, 4) for _ in range(4)]
        ask = LeaseRequest("exact", SLOW, 1, 1)
        rounds = (replicas[n % 4].settle(str(n % 4), [ask], []) for n in range(100))
        settled = await asyncio.gather(*rounds)
        for replica in replicas:
            await replica.close()
        return sum(isinstance(one.answers[0], Grant) for one in settled)

    assert asyncio.run(main()) == 20


@needs_server
def test_a_round_settles_many_keys_and_denials_say_how_long(url: str) -> None:
    """Odd rates are exact; the wait is rounded up."""

    async def main() -> None:
        buckets = RedisBuckets(url, 5, 1)
        odd = Policy("p", 7, 60, 7)
        keys = [LeaseRequest(f"many{n}", odd, 7, 7) for n in range(50)]
        first = await buckets.settle("a", keys, [])
        assert len(first.answers) == len(keys)
        assert all(isinstance(answer, Grant) and answer.tokens == 7 for answer in first.answers)
        second = await buckets.settle("a", [LeaseRequest("many3", odd, 1, 1)], [])
        [denial] = second.answers
        assert isinstance(denial, Denial)
        assert 7_500_000 < denial.retry_in_us <= 8_571_429
        changed = Policy("p", 7, 120, 7)
        [still] = (await buckets.settle("a", [LeaseRequest("many3", changed, 1, 1)], [])).answers
        assert isinstance(still, Denial)
        await buckets.close()

    asyncio.run(main())


def test_a_redis_that_is_gone_is_a_silent_authority(tmp_path: Path) -> None:
    """One error type, so the limiter falls back to its share."""

    async def main() -> None:
        buckets = RedisBuckets(f"unix://{tmp_path}/nobody", 1, 1)
        with pytest.raises(AuthorityDown):
            await buckets.settle("a", [LeaseRequest("k", SLOW, 1, 1)], [])
        await buckets.close()

    asyncio.run(main())


def admitted_by(url: str, key: str, requests: int, gap_us: int) -> int:
    """Send one request after another through a limiter on a clock of its own."""

    async def main() -> int:
        buckets, now_us = RedisBuckets(url, 5, 1), [0]
        limiter = Limiter(buckets, "r", lambda: now_us[0])
        allowed = 0
        for _ in range(requests):
            allowed += (await limiter.admit(key, BURST, 1)).allowed
            now_us[0] += gap_us
        await limiter.close()
        await buckets.close()
        return allowed

    return asyncio.run(main())


@needs_server
@pytest.mark.parametrize("gap_us", [0, 150_000, LIFETIME_US], ids=["at once", "slowly", "singly"])
def test_a_burst_is_admitted_to_the_last_token(url: str, gap_us: int) -> None:
    """What was lent ahead and not spent before its lease ended comes back."""
    assert admitted_by(url, f"burst-{gap_us}", 70, gap_us) == BURST.burst


@needs_server
def test_a_lease_keeps_its_room_and_comes_back_once(url: str) -> None:
    """Returned twice, or by one who never had it, it is worth nothing."""

    async def main() -> list[object]:
        buckets, other = RedisBuckets(url, 5, 1), RedisBuckets(url, 5, 1)
        ask = LeaseRequest("room", BURST, 1, 20)
        [grant] = (await buckets.settle("a", [ask], [])).answers
        assert isinstance(grant, Grant)
        back = Returned("room", grant.lease, 20)
        await other.settle("b", [], [back])
        await buckets.settle("a", [], [back, back])
        rest = LeaseRequest("room", BURST, 1, 99)
        found = [(await buckets.settle("a", [rest], [])).answers[0] for _ in range(2)]
        for one in (buckets, other):
            await one.close()
        return found

    whole, none = asyncio.run(main())
    assert isinstance(whole, Grant)
    assert whole.tokens == BURST.burst
    assert isinstance(none, Denial)


@needs_server
def test_what_is_lent_is_not_saved_up_beside_a_full_bucket(url: str) -> None:
    """The bucket refills in an instant, but not into the room of the lease."""
    quick = Policy("p", 1_000_000, 1, 60)

    async def main() -> list[object]:
        buckets = RedisBuckets(url, 5, 1)
        first = (await buckets.settle("a", [LeaseRequest("q", quick, 1, 20)], [])).answers[0]
        await buckets.settle("a", [], [])
        second = (await buckets.settle("a", [LeaseRequest("q", quick, 1, 99)], [])).answers[0]
        await buckets.close()
        return [first, second]

    first, second = asyncio.run(main())
    assert isinstance(first, Grant)
    assert isinstance(second, Grant)
    assert first.tokens + second.tokens <= quick.burst


@needs_server
def test_a_clock_set_back_does_not_stop_the_refill(url: str) -> None:
    """A bucket of the future would give nothing until that time has come again."""

    async def main() -> object:
        buckets = RedisBuckets(url, 5, 1)
        quick = Policy("p", 1_000_000, 1, 5)
        await buckets.settle("a", [LeaseRequest("back", quick, 1, 1)], [])
        ahead = b"4102444800000000"
        name = "brainwav:bucket:back"
        await buckets._redis.hset(name, mapping={"at": ahead, "until": ahead, "shares": 0})
        await buckets.settle("a", [LeaseRequest("back", quick, 1, 1)], [])
        answer = (await buckets.settle("a", [LeaseRequest("back", quick, 1, 1)], [])).answers[0]
        await buckets.close()
        return answer

    assert isinstance(asyncio.run(main()), Grant)


@needs_server
def test_what_was_admitted_during_an_outage_is_charged(url: str) -> None:
    """Redis credits its buckets meanwhile; a debt is at most a burst, and answers are in order."""

    async def main() -> list[int]:
        buckets = RedisBuckets(url, 5, 4)
        ask = LeaseRequest("owed", SLOW, 1, 20)
        other = LeaseRequest("another", SLOW, 1, 3)
        owed = [Owed("owed", SLOW, 12, 0), Owed("more", SLOW, 500, 0)]
        first = await buckets.settle("a", [ask, other], owed)
        more = LeaseRequest("more", SLOW, 1, 1)
        later = await buckets.settle("a", [ask, more], [Owed("owed", SLOW, 3, 0)])
        await buckets.close()
        got = [answer.tokens for answer in first.answers if isinstance(answer, Grant)]
        waits = [answer.retry_in_us for answer in later.answers if isinstance(answer, Denial)]
        return [*got, *(round(wait_us / 3600e6) for wait_us in waits)]

    assert asyncio.run(main()) == [8, 3, 4, 1 + 20]
