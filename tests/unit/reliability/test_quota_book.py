"""Quotas: counted by who wrote last, exact through replacing, deleting, failing and restarts."""

import random
from pathlib import Path

import pytest

from deployments.indexing.books import SCHEMA
from reliability.books.quota import Account, QuotaBook, QuotaUsage
from reliability.errors import QuotaExceeded
from reliability.identity.issued_key import Quota
from storage.store import Store

A, B = Account("key:a"), Account("key:b")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "books.sqlite"


@pytest.fixture
def book(path: Path) -> QuotaBook:
    return QuotaBook(Store(path, SCHEMA))


def write(book: QuotaBook, account: Account, sizes: dict[str, int], ns: str = "n", new=False):
    book.reserve("w", account, ns, sizes, new)
    book.settle("w")


def bounded(**limits: int) -> Account:
    return Account("key:a", Quota(**limits))


def test_a_document_counts_to_who_wrote_it_last(book: QuotaBook) -> None:
    """Replacing frees what was there, somebody else's writing frees it for its first owner."""
    write(book, A, {"1": 10, "2": 20}, new=True)
    assert book.used("key:a") == QuotaUsage(2, 30, 1)
    write(book, A, {"1": 5})
    assert book.used("key:a") == QuotaUsage(2, 25, 1)
    write(book, B, {"1": 7})
    assert (book.used("key:a"), book.used("key:b")) == (QuotaUsage(1, 20, 1), QuotaUsage(1, 7, 0))
    book.forget("n", ["1", "2", "unknown"])
    assert (book.used("key:a"), book.used("key:b")) == (QuotaUsage(0, 0, 1), QuotaUsage(0, 0, 0))
    book.forget_namespace("n")
    assert book.used("key:a") == QuotaUsage()


@pytest.mark.parametrize(
    ("limits", "sizes", "name", "needed"),
    [
        ({"documents": 2}, {"2": 1, "3": 1}, "documents", 2),
        ({"bytes": 10}, {"2": 6}, "bytes", 6),
        ({"bytes": 10}, {"1": 11}, "bytes", 6),
    ],
)
def test_what_is_beyond_the_quota_is_refused_with_the_numbers(
    book: QuotaBook, limits: dict[str, int], sizes: dict[str, int], name: str, needed: int
) -> None:
    """And nothing of it is kept in mind."""
    account = bounded(**limits)
    write(book, account, {"1": 5})
    before = book.used("key:a")
    with pytest.raises(QuotaExceeded) as refusal:
        book.reserve("x", account, "n", sizes, False)
    used = before.by_name()[name]
    limit = limits[name]
    assert refusal.value.details == {"quota": name, "limit": limit, "used": used, "needed": needed}
    assert (book.used("key:a"), book.claims()) == (before, [])


def test_the_last_document_fits_and_replacing_always_does(book: QuotaBook) -> None:
    """Also for a key that is over a quota that was made smaller meanwhile."""
    write(book, bounded(documents=2, bytes=10), {"1": 5, "2": 5})
    write(book, bounded(documents=2, bytes=10), {"1": 5})
    write(book, bounded(documents=1, bytes=1), {"1": 4})
    assert book.used("key:a") == QuotaUsage(2, 9, 0)


def test_writing_creates_namespaces_but_not_without_end(book: QuotaBook) -> None:
    """By the quota, or by the default where the key has none."""
    write(book, bounded(namespaces=1), {"1": 1}, "first", new=True)
    write(book, bounded(namespaces=1), {"2": 1}, "first")
    write(book, bounded(namespaces=1), {"2": 1}, "of-others")
    with pytest.raises(QuotaExceeded) as refusal:
        book.reserve("x", bounded(namespaces=1), "second", {"1": 1}, True)
    assert refusal.value.details["quota"] == "namespaces"
    assert A.limits["namespaces"] == 1000
    with pytest.raises(QuotaExceeded):
        book.reserve("x", bounded(namespaces=0), "third", {"1": 1}, True)


def test_two_writes_at_once_do_not_get_the_same_room(book: QuotaBook) -> None:
    """What is reserved counts until it is settled or released."""
    account = bounded(documents=1, namespaces=1)
    book.reserve("one", account, "n", {"1": 1}, True)
    for namespace, creates in (("n", True), ("m", True), ("o", False)):
        with pytest.raises(QuotaExceeded):
            book.reserve("two", account, namespace, {"2": 1}, creates)
    book.release("one")
    write(book, account, {"2": 1}, new=True)
    assert book.used("key:a") == QuotaUsage(1, 1, 1)


def test_two_first_writes_to_a_namespace_make_one(book: QuotaBook) -> None:
    """Neither is refused because of the other, and it counts once, whichever fails."""
    account = bounded(namespaces=1)
    book.reserve("one", account, "n", {"1": 1}, True)
    book.reserve("two", account, "n", {"2": 1}, True)
    book.release("one")
    book.settle("two")
    assert book.used("key:a") == QuotaUsage(1, 1, 1)


def test_settling_twice_counts_once(book: QuotaBook) -> None:
    """A commit may have been made before its failure was told."""
    book.reserve("w", A, "n", {"1": 1}, True)
    book.settle("w")
    book.settle("w")
    book.release("w")
    assert book.used("key:a") == QuotaUsage(1, 1, 1)


def test_everything_survives_a_restart(book: QuotaBook, path: Path) -> None:
    """What was reserved too: it is told from the index then."""
    write(book, A, {"1": 1, "2": 1}, new=True)
    book.reserve("x", A, "n", {"3": 5}, False)
    again = QuotaBook(Store(path, SCHEMA))
    [claim] = again.claims()
    assert (claim.namespace, claim.ids) == ("n", ["3"])
    again.settle(claim.write_id, ["3"])
    assert again.ids("n") == ["1", "2", "3"]
    assert again.used("key:a") == QuotaUsage(3, 7, 1)
    assert again.namespaces() == {"n"}


def test_any_order_of_writes_deletes_and_failures_counts_as_a_list_would(book: QuotaBook) -> None:
    """The sums are those of the documents that are there."""
    random_ = random.Random(7)
    owned: dict[tuple[str, str], tuple[str, int]] = {}
    for step in range(400):
        namespace = random_.choice(["m", "n"])
        ids = random_.sample("abcdefgh", random_.randint(1, 4))
        if random_.random() < 0.3:
            book.forget(namespace, ids)
            for id in ids:
                owned.pop((namespace, id), None)
            continue
        account = random_.choice([A, B])
        sizes = {id: random_.randint(0, 9) for id in ids}
        book.reserve(str(step), account, namespace, sizes, False)
        if random_.random() < 0.3:
            book.release(str(step))
            continue
        book.settle(str(step))
        owned |= {(namespace, id): (account.owner, size) for id, size in sizes.items()}
        for account in (A, B):
            sums = [size for owner, size in owned.values() if owner == account.owner]
            assert book.used(account.owner) == QuotaUsage(len(sums), sum(sums), 0)
