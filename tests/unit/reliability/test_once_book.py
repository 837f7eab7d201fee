"""Idempotency-Keys: once for the same body, never for another, bounded, kept over restarts."""

from pathlib import Path

import pytest

from deployments.indexing.books import SCHEMA
from reliability.books.once import KEPT_S, Once, OnceBook
from reliability.errors import KeyInUse, KeyReused, TooManyOnce
from storage.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "books.sqlite"


@pytest.fixture
def book(path: Path) -> OnceBook:
    return OnceBook(Store(path, SCHEMA))


def begin(book: OnceBook, body: bytes = b"body", now_s: float = 0.0, client: str = "a") -> Once:
    return book.begin(client, "k", body, 60.0, 1000.0 + now_s)


def test_the_answer_is_kept_for_a_day(book: OnceBook) -> None:
    """After it the key is as new."""
    first = begin(book)
    assert first.status is None
    book.finish("a", "k", 200, b"answer")
    assert begin(book, now_s=KEPT_S - 1) == Once(first.seed, 200, b"answer")
    assert begin(book, b"another", now_s=KEPT_S).seed != first.seed


def test_another_body_is_refused_whether_the_first_was_answered_or_not(book: OnceBook) -> None:
    """Also after a failure of which nobody knows what it wrote."""
    begin(book)
    for outcome in (
        lambda: None,
        lambda: book.release("a", "k"),
        lambda: book.finish("a", "k", 200, b""),
    ):
        outcome()
        with pytest.raises(KeyReused):
            begin(book, b"another")


def test_two_at_once_are_one(book: OnceBook) -> None:
    """The second comes again later; one that says nothing any more is given up."""
    first = begin(book)
    with pytest.raises(KeyInUse):
        begin(book, now_s=59.9)
    assert begin(book, now_s=60.0) == Once(first.seed)
    with pytest.raises(KeyInUse):
        begin(book, now_s=119.9)


def test_a_clock_that_went_back_keeps_no_key_busy_for_ever(book: OnceBook) -> None:
    """A year's step is not a request that runs for a year."""
    begin(book, now_s=365 * 86_400.0)
    assert begin(book).status is None


def test_a_failed_request_keeps_its_seed(book: OnceBook) -> None:
    """So that the repetition writes the same documents; unless nothing was written at all."""
    first = begin(book)
    book.release("a", "k")
    assert begin(book) == Once(first.seed)
    book.release("a", "k", forget=True)
    assert begin(book, b"another").seed != first.seed


def test_a_late_release_takes_no_answer_away(book: OnceBook) -> None:
    """The request that took over may have been quicker."""
    begin(book)
    book.finish("a", "k", 200, b"answer")
    book.release("a", "k", forget=True)
    assert begin(book).answer == b"answer"


def test_keys_are_their_clients_own(book: OnceBook) -> None:
    """The same name of another client is another key, with other ids."""
    begin(book)
    assert begin(book, b"another", client="b").status is None


def test_keys_survive_a_restart(book: OnceBook, path: Path) -> None:
    """Answers, and seeds of what was running."""
    first = begin(book)
    assert begin(OnceBook(Store(path, SCHEMA)), now_s=60.0) == Once(first.seed)
    book = OnceBook(Store(path, SCHEMA))
    book.finish("a", "k", 200, b"answer")
    assert begin(OnceBook(Store(path, SCHEMA))).answer == b"answer"


@pytest.mark.parametrize("bounds", [{"most_client_bytes": 2000}, {"most_bytes": 2000}])
def test_memory_is_bounded_and_frees_itself(path: Path, bounds: dict[str, int]) -> None:
    """Refused rather than forgotten early; what is old makes room."""
    book = OnceBook(Store(path, SCHEMA), **bounds)
    for key in range(4):
        book.begin("a", str(key), b"", 60.0, 1000.0)
        book.finish("a", str(key), 200, b"x" * 100)
    with pytest.raises(TooManyOnce):
        book.begin("a", "5", b"", 60.0, 1000.0)
    assert book.begin("a", "0", b"", 60.0, 1000.0).status == 200
    assert book.begin("a", "5", b"", 60.0, 1000.0 + KEPT_S).status is None


def test_an_answer_that_is_too_long_is_not_kept(book: OnceBook) -> None:
    """Its repetition writes the same documents again."""
    first = begin(book)
    book.finish("a", "k", 200, b"x" * (4 * 1024 * 1024 + 1))
    assert begin(book) == Once(first.seed)
