"""Jobs are worked off once, in turns, over kills and faults."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import BadRequest, DeadlineExceeded, Forbidden, Unavailable
from reliability.jobs.job import JobNote
from tests.unit.jobs.job_world import DEADLY, ROTTEN, Fate, World, drafts, order, run

jobs = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.lists(st.sampled_from(["red", "blue", ROTTEN]), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(sent=jobs, kills=st.sets(st.integers(1, 60), max_size=3), piece=st.integers(1, 3))
def test_a_kill_at_any_step_loses_and_doubles_nothing(
    sent: list[tuple[str, list[str]]], kills: set[int], piece: int
) -> None:
    """Each accepted document is in the index or listed as failed, once; no file is left."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        world = World(Path(folder), patch, Fate(*kills), piece_documents=piece)

        async def scenario() -> None:
            for number, (owner, texts) in enumerate(sent):
                id = f"job{number}"
                await world.accept(order(id, len(texts), owner), drafts(id, *texts))
            await world.finish()

        run(scenario())
        expected = {}
        for number, (owner, texts) in enumerate(sent):
            report = world.job(owner, f"job{number}")
            rotten = [n for n, text in enumerate(texts) if text == ROTTEN]
            assert report.job.state == "done"
            assert [note.index for note in report.failures] == rotten
            assert (report.job.written, report.job.failed) == (
                len(texts) - len(rotten),
                len(rotten),
            )
            for n, text in enumerate(texts):
                if text != ROTTEN:
                    expected[f"job{number}-{n}"] = f"{owner}: {text}"
        assert world.documents == expected
        assert list(Path(folder).rglob("*.drafts")) == []


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch, piece_documents=2)


def accept(world: World, id: str, *texts: str, owner: str = "a") -> None:
    run(world.accept(order(id, len(texts), owner), drafts(id, *texts)))


def step(world: World) -> bool:
    return run(world.service.step())


def test_clients_take_turns_piece_by_piece(world: World) -> None:
    """One document of another client waits for one piece, however long the first one's job is."""
    accept(world, "long", *["red"] * 8)
    accept(world, "short", "blue", owner="b")
    run(world.finish())
    assert world.asked[:3] == [["long-0", "long-1"], ["short-0"], ["long-2", "long-3"]]


def test_a_clients_jobs_keep_their_order(world: World) -> None:
    """Of two jobs that write one document the later one is what stays."""
    accept(world, "first", *["red"] * 4)
    accept(world, "second", "blue")
    run(world.finish())
    assert [ids[0].split("-")[0] for ids in world.asked] == ["first", "first", "second"]


def test_a_busy_service_is_waited_for_and_told(world: World) -> None:
    """Nothing fails; the job says why it waits, and other clients' jobs go on."""
    accept(world, "j", "red")
    accept(world, "other", "blue", owner="b")
    world.faults = [Unavailable("the Embedder is restarting")]
    assert step(world)
    assert world.job("a", "j").job.waits == "the Embedder is restarting"
    assert world.job("a", "j").job.state == "running"
    assert step(world)
    assert not step(world)
    assert world.job("b", "other").job.state == "done"
    world.now_s += 60.0
    run(world.finish())
    done = world.job("a", "j").job
    assert (done.state, done.waits, done.left) == ("done", "", 0)


def test_a_document_that_is_refused_stays_out_alone(world: World) -> None:
    """Its piece is written again document by document."""
    accept(world, "j", "red", "blue")
    world.faults = [BadRequest("no", "bad"), None, BadRequest("no", "bad")]
    run(world.finish())
    report = world.job("a", "j")
    assert [(note.document_id, note.code) for note in report.failures] == [("j-1", "bad")]
    assert world.documents == {"j-0": "a: red"}


def test_a_quota_that_is_used_up_ends_the_job(world: World) -> None:
    """What was written stays and is counted; the rest is told as left."""
    accept(world, "j", *["red"] * 5)
    world.faults = [None, Forbidden("no room", "quota_exceeded")]
    run(world.finish())
    job = world.job("a", "j").job
    assert (job.state, job.error_code, job.written, job.left) == ("failed", "quota_exceeded", 2, 3)


def test_documents_that_take_too_long_are_taken_in_fewer(world: World) -> None:
    """And one that never ends within its deadline is left out."""
    accept(world, "j", "red", "blue")
    late = DeadlineExceeded("no answer within 30 s")
    for _ in range(5):
        world.faults = [late]
        assert step(world)
        world.now_s += 60.0
    assert world.asked[-1] == ["j-0"]
    run(world.finish())
    report = world.job("a", "j")
    assert [(note.index, note.code) for note in report.failures] == [(0, "deadline_exceeded")]
    assert world.documents == {"j-1": "a: blue"}


def test_a_job_that_was_late_takes_more_again_by_and_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as many after each piece that was written in time."""
    world = World(tmp_path, monkeypatch, piece_documents=8)
    accept(world, "j", *["red"] * 30)
    world.faults = [DeadlineExceeded("no answer within 120 s")]
    step(world)
    world.now_s += 60.0
    run(world.finish())
    assert [len(ids) for ids in world.asked] == [8, 2, 4, 8, 8, 8]


def test_a_document_that_kills_its_process_is_left_out(world: World) -> None:
    """After a few tries, and it alone: it must not hold its job up for ever."""
    accept(world, "j", "red", DEADLY, "blue")
    run(world.finish())
    report = world.job("a", "j")
    assert [(note.index, note.code) for note in report.failures] == [(1, "job_gave_up")]
    assert set(world.documents) == {"j-0", "j-2"}


def test_cancelling_ends_a_job_where_it_is(world: World) -> None:
    """What was written stays; nothing more is, and its file is gone."""
    accept(world, "j", *["red"] * 5)
    step(world)
    job = world.service.cancel("a", "j").job
    assert (job.state, job.written, job.left) == ("cancelled", 2, 3)
    assert not step(world)
    assert not list(world.file.parent.rglob("*.drafts"))
    assert world.service.cancel("a", "j").job.state == "cancelled"


def test_cancelling_waits_for_the_documents_under_way(world: World) -> None:
    """They are counted as what became of them."""
    accept(world, "j", *["red"] * 5)
    told = []
    world.during = lambda: told.append(world.service.cancel("a", "j").job)
    assert step(world)
    assert [(job.state, job.cancelling) for job in told] == [("running", True)]
    job = world.job("a", "j").job
    assert (job.state, job.written) == ("cancelled", 2)


def test_what_was_refused_at_once_counts_as_failed(world: World) -> None:
    """Written, failed and left add up to the request's documents."""
    refused = JobNote(0, "failure", None, "empty_input", "nothing")
    sent = drafts("j", "red", "blue", "red")[1:]
    run(world.accept(order("j", 3, notes=[refused]), sent))
    before = world.job("a", "j").job
    assert (before.total, before.failed, before.left, before.state) == (3, 1, 2, "queued")
    run(world.finish())
    after = world.job("a", "j").job
    assert (after.written, after.failed, after.left, after.energy_j) == (2, 1, 0, 1.0)


def test_documents_without_a_row_are_taken_up_again(world: World) -> None:
    """A machine that lost power may have lost the row; the documents were on the disk."""
    accept(world, "j", "red")
    for path in world.file.parent.glob("jobs.sqlite*"):
        path.unlink()
    world.start()
    run(world.finish())
    assert world.documents == {"j-0": "a: red"}
    assert world.job("a", "j").job.state == "done"


def test_a_job_whose_documents_are_gone_fails(world: World) -> None:
    """As after a restore from a backup, which has none of them."""
    accept(world, "j", "red")
    for path in world.file.parent.rglob("*.drafts"):
        path.unlink()
    run(world.finish())
    job = world.job("a", "j").job
    assert (job.state, job.error_code, job.left) == ("failed", "documents_lost", 1)
