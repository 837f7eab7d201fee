"""The Redis script against the same claims, on a real server where there is one."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reliability.errors import AuthorityDown
from reliability.leases import Denial, Grant, LeaseRequest
from reliability.redis_buckets import RedisBuckets
from reliability.token_bucket import Policy

SERVER = shutil.which("redis-server")
needs_server = pytest.mark.skipif(
    SERVER is None, reason="redis-server is not installed (apt install redis-server)"
)
SLOW = Policy("p", 1, 3600, 20)


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
