"""Work of many bodies takes turns with everything else on the loop."""

import asyncio

import pytest

from api.bodies import turns
from api.bodies.turns import Turns, in_turns


def test_a_round_does_what_it_has_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest waits for the next one, in its order, and others run in between."""
    clock = iter(range(10_000))
    monkeypatch.setattr(turns.time, "perf_counter", lambda: next(clock) * turns.LONGEST_S * 0.6)
    happened: list[str] = []

    async def other() -> None:
        for _ in range(5):
            happened.append("other")
            await asyncio.sleep(0)

    async def main() -> None:
        bodies = [
            asyncio.create_task(in_turns(lambda piece: happened.append(piece.decode()), [name]))
            for name in (b"a", b"b", b"c")
        ]
        await asyncio.gather(other(), *bodies)

    asyncio.run(main())
    assert [name for name in happened if name != "other"] == ["a", "b", "c"]
    assert all("other" in happened[happened.index(a) : happened.index(b)] for a, b in ("ab", "bc"))


def test_work_that_fails_or_is_given_up_holds_nobody_up() -> None:
    """A failure is its own caller's; the turn of one that left goes to the next."""

    async def main() -> list[bytes]:
        done: list[bytes] = []

        def fail(piece: bytes) -> None:
            raise ValueError(piece)

        left = asyncio.create_task(in_turns(done.append, [b"left"]))
        failing = asyncio.create_task(in_turns(fail, [b"failing", b"never"]))
        kept = asyncio.create_task(in_turns(done.append, [b"kept"]))
        asyncio.get_running_loop().call_soon(left.cancel)
        await asyncio.gather(left, failing, kept, return_exceptions=True)
        assert isinstance(failing.exception(), ValueError)
        await in_turns(done.append, [b"later"])
        return done

    assert asyncio.run(asyncio.wait_for(main(), 60)) == [b"kept", b"later"]


def test_pieces_of_a_body_that_fit_into_a_round_are_done_in_it() -> None:
    """Each round that is waited for is a look at every other connection."""

    async def main() -> tuple[list[bytes], int]:
        done, looks = list[bytes](), 0
        task = asyncio.create_task(in_turns(done.append, [b"a", b"b", b"c", b"d"]))
        while not task.done():
            looks += 1
            await asyncio.sleep(0)
        return done, looks

    done, looks = asyncio.run(main())
    assert done == [b"a", b"b", b"c", b"d"]
    assert looks <= 4


def test_long_works_of_all_kinds_share_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two slices, whose ever they are, everybody else is looked at."""
    now_s = [0.0]
    monkeypatch.setattr(turns.time, "perf_counter", lambda: now_s[0])
    happened: list[str] = []

    def work(name: str) -> None:
        now_s[0] += 2 * turns.LONGEST_S
        happened.append(name)

    async def looked_at(name: str) -> None:
        own = Turns()
        for _ in range(4):
            work(name)
            await own.step()

    async def other(works: list[asyncio.Task[None]]) -> None:
        while not all(task.done() for task in works):
            happened.append("other")
            await asyncio.sleep(0)

    async def main() -> None:
        works = [asyncio.create_task(looked_at(name)) for name in "abc"]
        works += [
            asyncio.create_task(in_turns(lambda piece: work(piece.decode()), [b"d"] * 4))
            for _ in range(2)
        ]
        await other(works)

    asyncio.run(main())
    # The first steps of all were begun in one round, before anybody waited.
    assert [happened.count(name) for name in "abcd"] == [4, 4, 4, 8]
    after = "".join(name[0] for name in happened).removeprefix("oabc")
    assert set("".join(after.split("o"))) == set("abcd")
    assert max(map(len, after.split("o"))) == 1, after
