"""Two writers on one index: the older one stops with a clear word, and no id is doubled."""

import asyncio
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retrieval.errors import NotFound, WriterReplaced
from retrieval.store import IndexReader, IndexStore
from retrieval.store.connection import connect, open_table
from retrieval.store.schema import is_fence
from retrieval.store.writing.fence import OUSTED, Fence
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, long_document, text_vector

ROOT = Path(__file__).parents[3]


async def opened(folder, service=None, options=None):
    """Open an index to write it."""
    store = await IndexStore.open(str(folder), options, service)
    await store.claim(FINGERPRINT)
    return store


async def ids_in(folder, namespace="shop"):
    """Return all ids, doubled ones twice."""
    reader = await IndexReader.open(str(folder))
    return [entry.id for entry in (await reader.page(namespace, 100_000)).entries]


WRITES = {
    "upsert": lambda store: store.upsert("shop", [document("b")]),
    "upsert into another namespace": lambda store: store.upsert("zoo", [document("b")]),
    "delete": lambda store: store.delete("shop", ["a"]),
    "drop": lambda store: store.drop_namespace("shop"),
    "maintain": lambda store: store.maintain("shop"),
    "check": lambda store: store.check(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_the_older_writer_stops_with_a_clear_word(tmp_path, write):
    """Whatever it does next: it says who replaced it and what to do, and changes nothing."""

    async def run():
        older = await opened(tmp_path)
        await older.upsert("shop", [document("a")])
        newer = await opened(tmp_path)
        with pytest.raises(WriterReplaced, match=r"replaced by process \d+ .* one writer"):
            await write(older)
        assert older.replaced is not None
        assert newer.replaced is None
        await newer.upsert("shop", [document("c")])
        return await ids_in(tmp_path)

    assert asyncio.run(run()) == ["a", "c"]


@pytest.mark.parametrize("indexed", [False, True], ids=["new", "with an index of ids"])
@pytest.mark.parametrize("before", [document, long_document])
@pytest.mark.parametrize("late", [document, long_document])
def test_a_write_that_had_begun_before_does_not_double_an_id(tmp_path, indexed, before, late):
    """The older one has passed every check and sleeps; the newer one writes the same id."""

    async def run():
        older = await opened(tmp_path)
        await older.upsert("shop", [before("a")])
        if indexed:
            await older.maintain("shop")
        table = await open_table(older._db, "ns.shop")
        assert table is not None
        asleep = await older._fence.snapshot(table)
        newer = await opened(tmp_path)
        await newer.upsert("shop", [document("b", "newer")])
        older._fence.snapshot = lambda table: _returns(asleep)  # type: ignore[method-assign]
        older._tables._open["shop"] = table
        with pytest.raises(WriterReplaced):
            await IndexStoreAwake(older).upsert([late("b", "older")])
        reader = await IndexReader.open(str(tmp_path))
        table = await open_table(older._db, "ns.shop")
        assert table is not None
        rows = sorted(row["id"] for row in await table.query().select(["id"]).to_list())
        return await ids_in(tmp_path), rows, (await reader.get("shop", "b")).text

    rows = ["a", "a", "b"] if before is long_document else ["a", "b"]
    assert asyncio.run(run()) == (["a", "b"], rows, "newer")


async def _returns(value):
    return value


class IndexStoreAwake:
    """A writer that woke up in the middle of an upsert: only its first attempt is stale."""

    def __init__(self, store):
        self._store = store

    async def upsert(self, documents):
        store = self._store
        try:
            await store._merge("shop", store._tables._open["shop"], documents)
        except RuntimeError:
            del store._fence.snapshot
            await store.upsert("shop", documents)


def test_of_many_that_open_at_once_one_remains(tmp_path):
    """Also on an index that none of them has made yet."""

    async def run():
        dbs = [await connect(str(tmp_path)) for _ in range(6)]
        fences = [Fence(db, f"w{i}", "a") for i, db in enumerate(dbs)]
        await asyncio.gather(*(fence.take() for fence in fences))
        checks = await asyncio.gather(*(f.check() for f in fences), return_exceptions=True)
        return sum(check is None for check in checks)

    assert asyncio.run(run()) == 1


def test_a_table_bears_the_column_of_its_last_writer_only(tmp_path):
    """However many came and went, and readers know nothing of it."""

    async def run():
        for i in range(4):
            store = await opened(tmp_path)
            await store.upsert("shop", [document(f"d{i}", metadata={"price": i})])
            await store.close()
        table = await open_table(await connect(str(tmp_path)), "ns.shop")
        assert table is not None
        names = (await table.schema()).names
        return [name for name in names if is_fence(name)], store._fence.column

    fences, last = asyncio.run(run())
    assert fences == [last]


def test_a_stale_writer_that_raises_its_fence_again_is_overruled(tmp_path):
    """It may be between its check and the table while it is replaced; the newer one goes on."""

    async def run():
        older = await opened(tmp_path)
        await older.upsert("shop", [document("a")])
        newer = await opened(tmp_path)
        await newer.upsert("shop", [document("b")])
        table = await open_table(older._db, "ns.shop")
        assert table is not None
        await older._fence._raise(table, await table.schema())
        await newer.upsert("shop", [document("c")])
        with pytest.raises(WriterReplaced):
            await older.upsert("shop", [document("d")])
        return await ids_in(tmp_path)

    assert asyncio.run(run()) == ["a", "b", "c"]


def test_two_services_do_not_oust_each_other_without_end(tmp_path):
    """Serve replaces a stopped writer by a new one; that one waits, and says why."""

    async def run():
        await opened(tmp_path, "one")
        await opened(tmp_path, "two")
        with pytest.raises(WriterReplaced, match="one writer"):
            await opened(tmp_path, "one")
        later = datetime.now(UTC) + OUSTED
        late = Fence(await connect(str(tmp_path)), "late", "one")
        await late.take(later)
        await late.check()
        return late.lost

    assert asyncio.run(run()) is None


def test_a_writer_that_ended_by_itself_is_waited_for_by_nobody(tmp_path):
    """A script that copied documents and closed the index; a replica of the same service."""

    async def run():
        await opened(tmp_path, "one")
        script = await opened(tmp_path, "script")
        await script.close()
        again = await opened(tmp_path, "one")
        await again.upsert("shop", [document("a")])
        rolled = await opened(tmp_path, "one")
        await again.close()
        await rolled.upsert("shop", [document("b")])
        return await ids_in(tmp_path)

    assert asyncio.run(run()) == ["a", "b"]


def test_a_writer_that_starts_beside_another_takes_the_index_with_its_first_write(tmp_path):
    """As in a rolling restart: until then the older one ends its work."""

    async def run():
        older = await opened(tmp_path, "one")
        newer = await IndexStore.open(str(tmp_path), None, "one", at_once=False)
        await newer.claim(FINGERPRINT)
        await older.upsert("shop", [document("a")])
        await newer.upsert("shop", [document("b")])
        with pytest.raises(WriterReplaced):
            await older.upsert("shop", [document("c")])
        return await ids_in(tmp_path)

    assert asyncio.run(run()) == ["a", "b"]


def test_a_writer_replaced_long_ago_may_come_back(tmp_path):
    """The other one was killed and cannot say that it ended."""

    async def run():
        db = await connect(str(tmp_path))
        long_ago = datetime.now(UTC) - 2 * OUSTED
        await Fence(db, "a", "one").take(long_ago - timedelta(seconds=1))
        await Fence(db, "b", "two").take(long_ago)
        fence = Fence(db, "c", "one")
        await fence.take()
        await fence.check()
        return fence.lost

    assert asyncio.run(run()) is None


WRITE_UNTIL_REPLACED = """
import asyncio, sys
root, folder, first = sys.argv[1:]
sys.path.insert(0, root)
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document
from retrieval.errors import WriterReplaced
from retrieval.store import IndexStore

async def main():
    store = await IndexStore.open(folder, None, "one")
    await store.claim(FINGERPRINT)
    for call in range(int(first), int(first) + 10_000):
        try:
            await store.upsert("shop", [document(f"d{call + i}", str(call)) for i in range(5)])
        except WriterReplaced:
            print("replaced", flush=True)
            return
        print(f"d{call}", flush=True)
asyncio.run(main())
"""


def started(folder, first):
    """Start a process that writes overlapping ids until it is replaced."""
    command = [sys.executable, "-c", WRITE_UNTIL_REPLACED, ROOT, folder, first]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_stopped_and_continued_writers_double_nothing(tmp_path):
    """SIGSTOP at random moments of a commit; a newer one writes the same ids; SIGCONT."""
    draw, acknowledged, first = random.Random(3), set(), 0
    with started(tmp_path, 0) as older:
        processes = [older]
        for _ in range(6):
            lines = [processes[-1].stdout.readline().strip() for _ in range(draw.randint(2, 9))]
            processes[-1].send_signal(signal.SIGSTOP)
            acknowledged |= set(lines)
            first = int(lines[-1][1:])
            newer = started(tmp_path, first)
            acknowledged.add(newer.stdout.readline().strip())
            processes[-1].send_signal(signal.SIGCONT)
            rest = processes[-1].communicate(timeout=60)[0].split()
            assert rest[-1] == "replaced"
            acknowledged |= set(rest[:-1])
            processes.append(newer)
        processes[-1].kill()
        processes[-1].communicate()
    ids = asyncio.run(ids_in(tmp_path))
    assert len(ids) == len(set(ids))
    assert acknowledged <= set(ids)


def test_maintenance_of_the_older_writer_beside_the_newer_one_loses_nothing(tmp_path):
    """Compaction and index builds that had begun; what the newer one writes stays."""

    async def run():
        older = await opened(tmp_path)
        for i in range(12):
            await older.upsert("shop", [document(f"d{i}", text_vector=text_vector(1, i))])
        newer = await opened(tmp_path)

        async def write():
            for i in range(8, 20):
                await newer.upsert("shop", [document(f"d{i}", "newer")])

        upkeep, _ = await asyncio.gather(older.maintain("shop"), write(), return_exceptions=True)
        assert upkeep is None or not isinstance(upkeep, NotFound)
        await newer.maintain("shop")
        return sorted(await ids_in(tmp_path))

    assert asyncio.run(run()) == sorted(f"d{i}" for i in range(20))
