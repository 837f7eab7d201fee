"""Decoding in processes: ended when nobody waits, when it costs too much, and with their parent."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from deployments.encoding.decode_pool import GIVE_WAY, DecodePool
from deployments.encoding.decode_process import LAST
from retrieval.clip.errors import BrokenPicture, PictureTooLarge, UnsupportedPicture
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.pictures.recipe import Fitting, PictureRecipe
from retrieval.clip.pictures.side_by_side import Middle, SideBySide
from tests.http.hostile import deep_png
from tests.towers import picture_file

PROJECT = Path(__file__).resolve().parents[3]
RECIPE = PictureRecipe(PictureLimits(), Geometry(8, 8))
DEAR = deep_png(6000)
"""Takes more than a second to decode, and is allowed."""


PARENT = """
import asyncio, sys
from deployments.encoding.decode_pool import GIVE_WAY, DecodePool
from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.pictures.recipe import PictureRecipe
from retrieval.clip.pictures.decode import PictureLimits

async def main():
    pool, recipe = DecodePool(1), PictureRecipe(PictureLimits(), Geometry(8, 8))
    await pool.start()
    picture = sys.stdin.buffer.read()
    print("ready", flush=True)
    while True:
        await pool.prepare(recipe, picture, "", lambda cpu_s: None)

asyncio.run(main())
"""


def with_pool(scenario: Callable[[DecodePool], Awaitable[object]], workers: int = 2):
    """Run a scenario on a pool of its own; no process outlives it."""

    async def main():
        pool = DecodePool(workers)
        try:
            return await scenario(pool)
        finally:
            family = decoders(pool)
            pool.close()
            psutil.wait_procs(family, timeout=60)
            assert not [one for one in family if one.is_running()]

    return asyncio.run(main())


def decoders(pool: DecodePool) -> list[psutil.Process]:
    """Return the nursery and its workers."""
    pid = pool._nursery.pid
    if pid is None:
        return []
    nursery = psutil.Process(pid)
    return [nursery, *nursery.children()]


async def until(true: Callable[[], bool]) -> None:
    """Return once something is true; fail where it never becomes so."""
    async with asyncio.timeout(120):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def ignore(cpu_s: float) -> None:
    """Charge nobody."""


@pytest.mark.parametrize(
    ("geometry", "shape"),
    [
        (Geometry(8, 8), (3, 8, 8)),
        (SideBySide(Middle(Geometry(20, 20), 16), Geometry(8, 8)), (3, 16, 24)),
    ],
    ids=["one input", "two inputs"],
)
def test_pixels_are_those_of_the_recipe(geometry: Fitting, shape: tuple[int, ...]) -> None:
    """In another process as in this one."""
    recipe = PictureRecipe(PictureLimits(), geometry)
    pixels = np.random.default_rng(0).integers(0, 256, (30, 20, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    spent: list[float] = []
    done = with_pool(lambda pool: pool.prepare(recipe, file.getvalue(), "a", spent.append))
    assert done.data.tobytes() == recipe.prepare(file.getvalue()).data
    assert done.data.shape == shape
    assert len(spent) == 1
    assert spent[0] > 0


def test_what_is_to_be_said_of_a_picture_comes_with_it() -> None:
    """From the process that found it."""
    cut = picture_file("red", (64, 64), "JPEG")[:-2]
    done = with_pool(lambda pool: pool.prepare(RECIPE, cut, "a", ignore), workers=1)
    assert done.notes == RECIPE.prepare(cut).notes
    assert [note.code for note in done.notes] == ["decoded_in_part"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"no picture", UnsupportedPicture),
        (picture_file()[:-30], BrokenPicture),
        (picture_file("red", (9000, 9000)), PictureTooLarge),
    ],
)
def test_a_refusal_is_the_decoders_own(data: bytes, error: type[Exception]) -> None:
    """By kind and words, and the worker takes the next picture."""

    async def scenario(pool: DecodePool) -> None:
        with pytest.raises(error) as here:
            RECIPE.prepare(data)
        with pytest.raises(error) as there:
            await pool.prepare(RECIPE, data, "a", ignore)
        assert str(there.value) == str(here.value)
        workers = decoders(pool)
        await pool.prepare(RECIPE, picture_file(), "a", ignore)
        assert decoders(pool) == workers

    with_pool(scenario, workers=1)


def test_nobody_decodes_for_a_caller_that_has_gone() -> None:
    """The process is ended in the middle of its work, and what it spent is charged."""
    spent: list[float] = []

    async def scenario(pool: DecodePool) -> None:
        await pool.start()
        [worker] = [one for one in decoders(pool) if one.pid != pool._nursery.pid]
        task = asyncio.create_task(pool.prepare(RECIPE, DEAR, "a", spent.append))
        before_s = sum(worker.cpu_times()[:2])
        await until(lambda: sum(worker.cpu_times()[:2]) > before_s)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not worker.is_running())
        assert pool.killed == 1
        assert await _works(pool)

    with_pool(scenario, workers=1)
    assert spent[0] > 0


def session_niceness(pid: int) -> int | None:
    """Return that of a process' session, None where the kernel has no such thing."""
    file = Path(f"/proc/{pid}/autogroup")
    return int(file.read_text().split()[-1]) if file.exists() else None


@pytest.mark.skipif(sys.platform != "linux", reason="the policy is Linux's")
def test_dear_work_keeps_no_core_from_whoever_wakes() -> None:
    """Being nice is not enough: the scheduler lets a nice process end its slice."""

    async def scenario(pool: DecodePool) -> None:
        await pool.start()
        [worker] = pool._idle
        for _, niceness in GIVE_WAY:
            await until(lambda niceness=niceness: worker.give_way(niceness))
        assert os.sched_getscheduler(worker.pid) == os.SCHED_IDLE
        # Other programs' sessions share the cores with the worker's before its policy counts.
        assert os.getsid(worker.pid) == worker.pid
        assert session_niceness(worker.pid) in (LAST, None)

    with_pool(scenario, workers=1)


def test_too_much_work_is_refused() -> None:
    """By the CPU time it takes, whatever kind of picture it is."""
    cheap = PictureRecipe(PictureLimits(max_cpu_s=0.1), Geometry(8, 8))

    async def scenario(pool: DecodePool) -> None:
        with pytest.raises(PictureTooLarge, match=r"takes more than 0\.1 s of a core"):
            await pool.prepare(cheap, DEAR, "a", ignore)
        assert await _works(pool)

    with_pool(scenario)


def test_a_worker_that_is_killed_costs_its_picture_a_second_try() -> None:
    """Once by whoever kills processes; a picture that ends two of them is at fault."""

    async def scenario(pool: DecodePool) -> None:
        await pool.start()
        [worker] = [one for one in decoders(pool) if one.pid != pool._nursery.pid]
        task = asyncio.create_task(pool.prepare(RECIPE, DEAR, "a", ignore))
        before_s = sum(worker.cpu_times()[:2])
        await until(lambda: sum(worker.cpu_times()[:2]) > before_s)
        worker.kill()
        assert (await task).data.shape == (3, 8, 8)
        assert pool.died == 1

    with_pool(scenario, workers=1)


def test_a_picture_that_kills_its_decoder_is_refused() -> None:
    """After the second one; the service goes on."""

    async def scenario(pool: DecodePool) -> None:
        await pool.start()
        task = asyncio.create_task(pool.prepare(RECIPE, DEAR, "a", ignore))
        killed: set[int] = set()

        def kill_all() -> bool:
            for one in decoders(pool):
                if one.pid != pool._nursery.pid and one.pid not in killed:
                    killed.add(one.pid)
                    one.kill()
            return task.done()

        await until(kill_all)
        with pytest.raises(BrokenPicture, match="ends the process"):
            await task
        assert await _works(pool)

    with_pool(scenario, workers=1)


def test_a_nursery_that_is_killed_is_started_again() -> None:
    """Its workers go with it; the next picture is decoded."""

    async def scenario(pool: DecodePool) -> None:
        await pool.start()
        family = decoders(pool)
        assert len(family) == 3
        [nursery] = [one for one in family if one.pid == pool._nursery.pid]
        nursery.kill()
        await until(lambda: not any(_lives(one) for one in family))
        assert await _works(pool)

    with_pool(scenario)


def test_nothing_outlives_a_parent_that_is_killed() -> None:
    """Not even a worker in the middle of a picture."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    parent.stdin.write(DEAR)
    parent.stdin.close()
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    family = psutil.Process(parent.pid).children(recursive=True)
    assert len(family) == 2
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    ends_s = time.monotonic() + 120
    while any(_lives(one) for one in family) and time.monotonic() < ends_s:
        os.sched_yield()
    assert not any(_lives(one) for one in family)


def test_a_worker_is_small() -> None:
    """It decodes, and has imported nothing that encodes."""

    async def scenario(pool: DecodePool) -> list[list[str]]:
        await _works(pool)
        return [[Path(region.path).name for region in one.memory_maps()] for one in decoders(pool)]

    libraries = with_pool(scenario, workers=1)
    assert len(libraries) == 2
    for names in libraries:
        assert not [
            name for name in names if "torch" in name or "numpy" in name or "raylet" in name
        ]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def _works(pool: DecodePool) -> bool:
    return (await pool.prepare(RECIPE, picture_file(), "somebody", ignore)).data.shape == (3, 8, 8)
