"""Jobs of a running process: taken or refused, worked off side by side, stopped well."""

import asyncio
import errno
from pathlib import Path

import pytest

from api.errors import BadRequest, Unavailable
from api.jobs.draft_records import record_of
from deployments.jobs.spool import Spool
from reliability.jobs.job import JobOrder
from tests.unit.jobs.job_world import World, drafts, order, run


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch, piece_documents=2)


def files(world: World) -> list[Path]:
    return list(world.file.parent.rglob("*.drafts"))


def test_two_clients_jobs_are_worked_off_side_by_side(world: World) -> None:
    """Each waits here until the other one is being written too."""

    async def scenario() -> None:
        both = asyncio.Barrier(3)
        world.held = lambda order: both.wait()
        world.service.start()
        for owner in ("a", "b"):
            await world.accept(order(owner, 1, owner), drafts(owner, "red"))
        async with asyncio.timeout(60):
            await both.wait()
        await world.service.close()

    run(scenario())
    assert sorted(world.asked) == [["a-0"], ["b-0"]]


def test_ending_as_it_should_is_no_fault_of_the_documents(world: World) -> None:
    """A restart in mid-write is not counted against them; the next process writes them."""

    async def scenario() -> None:
        writing = asyncio.Event()

        async def never(order: JobOrder) -> None:
            writing.set()
            await asyncio.Event().wait()

        world.held = never
        world.service.start()
        await world.accept(order("j", 1), drafts("j", "red"))
        await writing.wait()
        await world.service.close()

    run(scenario())
    world.held = None
    world.start()
    assert world.job("a", "j").job.tries == 0
    run(world.finish())
    assert world.documents == {"j-0": "a: red"}


def test_documents_that_wait_are_their_owners_alone(world: World) -> None:
    """They are users' texts: nobody else of the machine reads them."""
    run(world.accept(order("j", 1), drafts("j", "red")))
    [file] = files(world)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [(errno.ENOSPC, BadRequest, "storage_full"), (errno.EIO, Unavailable, "unavailable")],
)
def test_what_cannot_be_laid_on_disk_is_not_accepted(
    world: World, monkeypatch: pytest.MonkeyPatch, number: int, kind: type, code: str
) -> None:
    """The client hears so, and there is no job and no file of it."""

    def fails(self: Spool, order: JobOrder, drafts: bytes) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(Spool, "keep", fails)
    with pytest.raises(kind) as refused:
        run(world.accept(order("j", 1), drafts("j", "red")))
    assert refused.value.code == code
    assert world.service.page("a", 10, 0) == ([], 0)
    assert files(world) == []


def test_a_file_that_was_cut_ends_its_job_and_writes_nothing_wrong(world: World) -> None:
    """What is whole before the cut is written; the rest is told as left."""
    run(world.accept(order("j", 4), drafts("j", *["red"] * 4)))
    [file] = files(world)
    file.write_bytes(file.read_bytes()[:-3])
    run(world.finish())
    job = world.job("a", "j").job
    assert (job.state, job.error_code, job.written, job.left) == ("failed", "documents_lost", 2, 2)
    assert set(world.documents) == {"j-0", "j-1"}


def test_a_job_of_a_newer_release_is_not_read_by_guessing(world: World) -> None:
    """Its format has a number."""
    run(world.accept(order("j", 1), drafts("j", "red")))
    [file] = files(world)
    file.write_bytes(file.read_bytes().replace(b'"format":1', b'"format":2', 1))
    run(world.finish())
    assert "format 2" in world.job("a", "j").job.error
    assert world.documents == {}


def test_a_process_without_jobs_makes_no_file(world: World) -> None:
    """Nor does it need a disk to write to."""
    assert not run(world.service.step())
    world.service.sweep()
    assert world.service.figures().by_state == {}
    assert list(world.file.parent.iterdir()) == []


def test_a_job_that_was_sent_twice_is_one(world: World) -> None:
    """The second time nothing is laid on disk again."""
    sent = b"".join(map(record_of, drafts("j", "red")))
    first = run(world.service.submit(order("j", 1), sent))
    run(world.finish())
    again = run(world.service.submit(order("j", 1), sent))
    assert (first.job.state, again.job.state) == ("queued", "done")
    assert files(world) == []
