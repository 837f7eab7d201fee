"""A deleted document is gone: from old versions, data files, indices and plan memory."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from api.errors import BadRequest
from deployments.encoding.vector_cache import VectorCache
from deployments.indexing.books import SCHEMA
from deployments.indexing.forgetting import stale_artifacts
from deployments.indexing.write_service import WriteService
from deployments.planning.run import PlanRun
from deployments.planning.runs import PlanRuns
from reliability.books.purge import DuePurge, PurgeBook
from retrieval.documents import Document
from retrieval.search.request import SearchRequest
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reading.reader import IndexReader
from retrieval.store.writing.writer import IndexStore
from storage.store import Store

DIMENSION = 8
SECRET = "quetzalcoatlus"
SECRET_VECTOR = np.full(DIMENSION, 0.123456789, np.float32)
HOUR_S = 3600.0


def document(id: str, text: str, vector: np.ndarray | None = None, **metadata) -> Document:
    unit = np.zeros(DIMENSION, np.float32)
    unit[hash(id) % DIMENSION] = 1.0
    shown = unit if vector is None else vector
    return Document(id, text, None, None, metadata, "LTM", datetime.now(UTC), shown, None)


def remains(folder: Path) -> list[str]:
    """Return the files that hold a word, the id or the vector of the deleted document."""
    traces = (SECRET.encode(), b"secret-id", SECRET_VECTOR.tobytes())
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        str(path.relative_to(folder))
        for path in files
        if any(trace in path.read_bytes().lower() or trace in path.read_bytes() for trace in traces)
    ]


class Index:
    """A store with a service whose clock is moved by hand, and one document more than it should."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_s = 1_000_000.0

    async def open(self) -> None:
        self.store = await IndexStore.open(str(self.folder / "index"))
        await self.store.claim(Fingerprint("t", "i", DIMENSION, DIMENSION, "fp32", True))
        self.service = WriteService(
            self.store, self.folder / "books", self.folder / "audit", lambda: self.now_s
        )

    async def fill(self, *more: Document, count: int = 300) -> None:
        documents = [document(f"d{n}", f"lamp number {n}") for n in range(count)]
        secret = document("secret-id", f"the {SECRET} flies", SECRET_VECTOR)
        await self.store.upsert("n", [*documents, secret, *more])
        await self.store.maintain("n")

    async def delete(self, id: str = "secret-id") -> None:
        await self.service.deleting("n")
        await self.store.delete("n", [id])

    async def remove_all_versions(self) -> None:
        # What `remove_old_versions` does ten minutes later.
        await self.store.remove_old_versions("n", timedelta(0))


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path)


@pytest.mark.filterwarnings("ignore:optimize.cleanup_older_than=0")
def test_nothing_of_a_deleted_document_is_left_in_the_files(index: Index) -> None:
    """A lone delete in a quiet namespace, which tidying alone would never take out."""

    async def run() -> None:
        await index.open()
        await index.fill()
        await index.delete()
        assert await index.service.purge(HOUR_S) == []
        await index.remove_all_versions()
        assert remains(index.folder / "index"), "the test looks for the wrong traces"
        built = set(index.folder.glob("index/*/_indices/*"))
        index.now_s += HOUR_S
        assert await index.service.purge(HOUR_S) == ["rewritten"]
        await index.remove_all_versions()
        assert remains(index.folder / "index") == []
        # The words of an index are packed: that every index is another file says more.
        assert built.isdisjoint(index.folder.glob("index/*/_indices/*"))
        assert await index.store.ids("n") == {f"d{n}" for n in range(300)}

    asyncio.run(run())


def test_old_files_go_once_no_reader_can_need_them(index: Index) -> None:
    """Ten minutes after the rewrite; the namespace is then as if nothing had been."""

    async def run() -> None:
        await index.open()
        await index.fill(count=20)
        await index.delete()
        assert index.service.remains_s() == 0.0
        index.now_s += HOUR_S
        assert index.service.remains_s() == HOUR_S
        assert await index.service.purge(HOUR_S) == ["rewritten"]
        assert await index.service.purge(HOUR_S) == []
        gone = iter([False, True])

        async def remove(namespace: str) -> bool:
            return next(gone)

        index.store.remove_old_versions = remove  # type: ignore[method-assign]
        index.now_s += 605.0
        assert await index.service.purge(HOUR_S) == ["waiting"]
        assert index.service.remains_s() == 605.0
        index.now_s += 60.0
        assert await index.service.purge(HOUR_S) == ["removed"]
        assert (await index.service.purge(HOUR_S), index.service.remains_s()) == ([], 0.0)

    asyncio.run(run())


def test_a_purge_that_was_cut_short_is_done_again(index: Index) -> None:
    """And what is deleted while it runs waits for the next one."""

    async def run() -> None:
        await index.open()
        await index.fill(count=20)
        await index.delete()
        index.now_s += HOUR_S
        index.service._books.purges.begin("n", index.now_s - HOUR_S)
        await index.delete("d1")
        await index.service.close()
        await index.open()
        assert await index.service.purge(HOUR_S) == ["rewritten"]
        index.now_s += HOUR_S
        assert "rewritten" in await index.service.purge(HOUR_S)

    asyncio.run(run())


def test_remembered_plans_that_name_a_deleted_document_go_too(index: Index) -> None:
    """Those whose documents are all there stay."""

    async def run() -> None:
        await index.open()
        common = {"kind": "artifact", "artifact": "plan", "goal": "g"}
        await index.fill(
            document("a1", f"it was the {SECRET}", **common, result_ids=["d1", "secret-id"]),
            document("a2", "a lamp", **common, result_ids=["d1"]),
            document("own", "no artifact", kind="other", result_ids=["secret-id"]),
            count=20,
        )
        assert await stale_artifacts(index.store, "n") == []
        await index.delete()
        assert await stale_artifacts(index.store, "n") == ["a1"]
        index.now_s += HOUR_S
        await index.service.purge(HOUR_S)
        ids = await index.store.ids("n")
        assert {"a2", "own"} <= ids
        assert "a1" not in ids

    asyncio.run(run())


def test_one_namespace_that_cannot_be_rewritten_keeps_no_other_waiting(index: Index) -> None:
    """It is tried again after a rest."""

    async def run() -> None:
        await index.open()
        for namespace in ("a", "b"):
            await index.store.upsert(namespace, [document("x", "y"), document("z", "y")])
            await index.service.deleting(namespace)
            await index.store.delete(namespace, ["x"])
            index.now_s += 1
        real, tried = index.store.rewrite, []

        async def rewrite(namespace: str) -> None:
            tried.append(namespace)
            if namespace == "a":
                raise OSError("unreadable")
            await real(namespace)

        index.store.rewrite = rewrite  # type: ignore[method-assign]
        index.now_s += HOUR_S
        assert await index.service.purge(HOUR_S) == ["rewritten"]
        await index.service.purge(HOUR_S)
        assert tried == ["a", "b"]
        index.now_s += 60
        await index.service.purge(HOUR_S)
        assert tried == ["a", "b", "a"]

    asyncio.run(run())


def test_deleting_from_a_namespace_that_is_not_there_marks_nothing(index: Index) -> None:
    """Else guesses would fill the book."""

    async def run() -> None:
        await index.open()
        await index.service.deleting("unknown")
        assert index.service._books.purges.waiting_since_s() is None

    asyncio.run(run())


def test_marks_gather_and_a_clock_that_goes_back_puts_nothing_off(tmp_path: Path) -> None:
    """The first delete decides when, and is not forgotten by a restart."""
    path = tmp_path / "books"
    book = PurgeBook(Store(path, SCHEMA))
    book.note("n", 1000.0)
    book.note("n", 2000.0)
    assert book.due(1000.0 + HOUR_S - 1, HOUR_S, 600.0) == []
    due = [DuePurge("n", "rewrite", 1000.0)]
    assert PurgeBook(Store(path, SCHEMA)).due(1000.0 + HOUR_S, HOUR_S, 600.0) == due
    assert book.due(10.0, HOUR_S, 600.0) == due


def test_vectors_by_content_that_nobody_used_are_let_go() -> None:
    """What was used stays."""
    clock = iter([0.0, 100.0, 200.0])
    cache: VectorCache[str] = VectorCache(lambda: next(clock))
    cache.resize(10)
    old, used = (cache.key("a", "text", word) for word in ("old", "used"))
    cache.put(used, "vector")
    cache.put(old, "vector")
    assert cache.get(used) == "vector"
    cache.forget_unused(150.0)
    assert cache.get(old) is None
    assert list(cache._entries) == [used]


def test_finished_runs_are_forgotten_and_running_ones_are_not() -> None:
    """They quote what they found."""
    runs = PlanRuns(max_kept=10, max_bytes=10**6, max_running=10)
    done, going = (PlanRun("owner", "n", 1000, 1.0) for _ in range(2))
    for run, id in ((done, "a"), (going, "b")):
        run.tell("run.started", {"id": id})
        runs.add(run)
    done.finish()
    runs.forget_finished(done.finished_s)
    assert runs.get("a", "owner") is done
    runs.forget_finished(done.finished_s + 1)
    with pytest.raises(BadRequest):
        runs.get("a", "owner")
    assert runs.get("b", "owner") is going


@pytest.mark.parametrize("held_bytes", [0, 1 << 30], ids=["samples", "in memory"])
def test_vectors_that_nobody_asked_for_are_let_go(index: Index, held_bytes: int) -> None:
    """Those in use are made anew for every version anyway."""

    async def run() -> None:
        await index.open()
        await index.fill(count=20)
        reader = await IndexReader.open(str(index.folder / "index"), held_bytes=held_bytes)
        query = np.zeros(DIMENSION, np.float32)
        query[0] = 1.0
        await reader.search(SearchRequest(namespace="n", text_query_vector=query, mode="semantic"))
        assert reader._samples._held or len(reader.held)
        reader.forget_unused(time.monotonic() - 600.0)
        assert reader._samples._held or len(reader.held)
        reader.forget_unused(time.monotonic() + 1)
        assert not reader._samples._held
        assert not len(reader.held)
        again = await reader.search(
            SearchRequest(namespace="n", text_query_vector=query, mode="semantic")
        )
        assert again.hits
        await reader.close()

    asyncio.run(run())
