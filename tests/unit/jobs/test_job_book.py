"""The book of jobs: bounded, each client's own, and told for so long."""

from pathlib import Path

import pytest

from reliability.errors import JobsFull, TooManyJobs, UnknownJob
from reliability.jobs.book import JobBook
from reliability.jobs.job import JobBounds, JobNote, Progress
from reliability.jobs.rows import SCHEMA
from storage.store import Store
from tests.unit.jobs.job_world import order

BOUNDS = JobBounds(
    most_jobs=3,
    most_jobs_of_client=2,
    most_bytes=100,
    most_bytes_of_client=50,
    longest_s=10.0,
    kept_s=20.0,
    most_kept_of_client=1,
)


@pytest.fixture
def book(tmp_path: Path) -> JobBook:
    return JobBook(Store(tmp_path / "jobs.sqlite", SCHEMA), BOUNDS)


def test_a_client_has_so_many_jobs_and_no_more(book: JobBook) -> None:
    """Until one of them has ended; another client finds room meanwhile."""
    book.accept(order("1", 1), 1, 0.0)
    book.accept(order("2", 1), 1, 0.0)
    with pytest.raises(TooManyJobs, match="2 jobs of this client"):
        book.accept(order("3", 1), 1, 0.0)
    book.accept(order("4", 1, "b"), 1, 0.0)
    book.cancel("a", "1", 1.0)
    assert book.accept(order("3", 1), 1, 0.0).state == "queued"


def test_a_clients_documents_take_so_much_room(book: JobBook) -> None:
    """Its first job may take more, or it might never be taken."""
    book.accept(order("1", 1), 60, 0.0)
    with pytest.raises(TooManyJobs, match="hold 60 bytes, 1 more"):
        book.accept(order("2", 1), 1, 0.0)


def test_all_jobs_together_take_so_much_room(book: JobBook) -> None:
    """Jobs and bytes of all clients have bounds of their own."""
    for owner in "abc":
        book.accept(order(owner, 1, owner), 20, 0.0)
    with pytest.raises(JobsFull):
        book.accept(order("d", 1, "d"), 1, 0.0)
    book.cancel("a", "a", 1.0)
    with pytest.raises(JobsFull):
        book.accept(order("d", 1, "d"), 70, 0.0)


def test_the_same_job_again_is_no_other(book: JobBook) -> None:
    """A request that is repeated finds the job that it began."""
    first = book.accept(order("1", 2), 1, 0.0)
    assert book.accept(order("1", 2), 1, 5.0) == first


def test_progress_that_is_told_twice_counts_once(book: JobBook) -> None:
    """A commit may have failed after it was made."""
    job = book.accept(order("1", 2), 1, 0.0)
    failure = JobNote(0, "failure", "d", "c", "m")
    done = Progress(1, 0, 7, [failure], 1.0)
    first = book.advance(job, done, 1.0)
    assert (first.failed, first.position, first.offset, first.energy_j) == (1, 1, 7, 1.0)
    assert book.advance(job, done, 2.0) == first


def test_a_job_is_its_clients_alone(book: JobBook) -> None:
    """Another one's is as unknown as one that never was."""
    book.accept(order("1", 1), 1, 0.0)
    assert book.page("b", 10, 0) == ([], 0)
    for deed in (
        lambda: book.get("b", "1"),
        lambda: book.cancel("b", "1", 1.0),
        lambda: book.get("a", "2"),
    ):
        with pytest.raises(UnknownJob):
            deed()
    assert book.get("a", "1").state == "queued"


def test_jobs_are_listed_newest_first(book: JobBook) -> None:
    """Page by page, with their number."""
    for id in ("1", "2"):
        book.accept(order(id, 1), 1, 0.0)
    jobs, total = book.page("a", 1, 1)
    assert ([job.id for job in jobs], total) == (["1"], 2)


def test_a_job_that_waits_too_long_fails(book: JobBook) -> None:
    """Not while documents of it are being written."""
    book.accept(order("1", 1), 1, 0.0)
    book.accept(order("2", 1), 1, 0.0)
    book.begin("1", 1.0)
    assert book.sweep(9.0) == []
    assert book.sweep(11.0) == ["2"]
    assert book.get("a", "2").error_code == "job_expired"
    assert book.get("a", "1").state == "running"


def test_jobs_that_ended_are_forgotten_in_time(book: JobBook) -> None:
    """And the oldest before, where a client has many; their notes go with them."""
    note = JobNote(0, "failure", None, "c", "m")
    for id in ("1", "2"):
        book.accept(order(id, 2, notes=[note]), 1, 0.0)
        book.cancel("a", id, 1.0)
    book.sweep(2.0)
    assert [job.id for job in book.page("a", 10, 0)[0]] == ["2"]
    assert book.notes("1", "failure", 10, 0) == []
    assert book.notes("2", "failure", 10, 0) == [note]
    book.sweep(22.0)
    assert book.page("a", 10, 0) == ([], 0)


def test_what_is_kept_is_counted(book: JobBook) -> None:
    """By state, since when, and how much of the disk."""
    book.accept(order("1", 1), 5, 3.0)
    book.accept(order("2", 1), 6, 4.0)
    book.cancel("a", "1", 5.0)
    assert book.counts() == {"cancelled": 1, "queued": 1}
    assert (book.oldest_s(), book.kept_bytes()) == (4.0, 6)
