"""A namespace that is dropped is not written anew by the jobs that wait to write into it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from api.errors import Unavailable
from deployments.calls.write_path import JobWritePath
from reliability.jobs.job import JobOrder
from retrieval.documents import Document
from tests.unit.jobs.job_world import NOON, World, drafts, order, run

RED = Document("1-0", "red", None, None, {}, "LTM", NOON, None, None)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch, piece_documents=2)


def states(world: World, *jobs: tuple[str, str]) -> list[str]:
    """Return what became of jobs, given as owner and id."""
    return [world.job(owner, id).job.state for owner, id in jobs]


def test_jobs_of_a_dropped_namespace_end_unwritten(world: World) -> None:
    """Everybody's; those of other namespaces go on, and nothing of the others stays on disk."""
    run(world.accept(order("1", 2), drafts("1", "red", "blue")))
    run(world.accept(order("2", 1, "b"), drafts("2", "red")))
    run(world.accept(replace(order("3", 1), namespace="other"), drafts("3", "red")))
    world.service.leave("n")
    assert states(world, ("a", "1"), ("b", "2"), ("a", "3")) == ["cancelled", "cancelled", "queued"]
    assert len(list(world.file.parent.rglob("*.drafts"))) == 1
    run(world.finish())
    assert world.documents == {"3-0": "a: red"}


def test_a_job_that_comes_after_the_drop_is_written(world: World) -> None:
    """The namespace is a new one."""
    run(world.accept(order("1", 1), drafts("1", "red")))
    world.service.leave("n")
    run(world.accept(order("2", 1), drafts("2", "blue")))
    run(world.finish())
    assert world.documents == {"2-0": "a: blue"}


def test_documents_that_are_being_encoded_are_not_written_after_the_drop(world: World) -> None:
    """The job is asked for again before its commit, and ends."""
    written: list[str] = []

    async def upsert(namespace: str, documents: Sequence[Document], account: object) -> None:
        written.extend(document.id for document in documents)

    async def encoded(job: JobOrder) -> None:
        path = JobWritePath(lambda: None, upsert, job, world.service.wants)  # pyright: ignore[reportArgumentType]
        assert world.service.wants(job)
        world.service.leave("n")
        await path.upsert("n", [RED])

    world.held = encoded
    run(world.accept(order("1", 3), drafts("1", "red", "blue", "green")))
    run(world.finish())
    assert written == []
    assert states(world, ("a", "1")) == ["cancelled"]


def test_a_job_that_is_wanted_is_written(world: World) -> None:
    """One that was cancelled, or is not known, is refused as what cannot be done now."""
    run(world.accept(order("1", 1), drafts("1", "red")))
    assert world.service.wants(order("1", 1))
    world.service.cancel("a", "1")
    assert not world.service.wants(order("1", 1))
    path = JobWritePath(lambda: None, None, order("1", 1), world.service.wants)  # pyright: ignore[reportArgumentType]
    with pytest.raises(Unavailable, match="cancelled"):
        run(path.upsert("n", []))


def test_a_service_without_jobs_leaves_a_namespace_without_a_book(world: World) -> None:
    """No file is made for it."""
    world.service.leave("n")
    assert not world.file.exists()
