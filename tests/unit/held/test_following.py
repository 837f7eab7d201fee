"""What is in memory follows the table, whatever was written between two searches."""

import asyncio
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.documents import Passage
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader
from retrieval.store.connection import open_table
from retrieval.store.reading.held import following, held_namespaces
from retrieval.store.schema import table_of
from tests.unit.retrieval.retrieval_samples import (
    TEXT_DIMENSION,
    document,
    long_document,
    on_index,
    random_unit,
    text_vector,
)

ID = st.integers(0, 7)
STEP = st.one_of(
    st.tuples(st.just("put"), st.lists(st.tuples(ID, st.integers(0, 9)), min_size=1, max_size=3)),
    st.tuples(st.just("long"), st.lists(st.tuples(ID, st.integers(0, 9)), min_size=1, max_size=1)),
    st.tuples(st.just("delete"), st.lists(st.tuples(ID, st.just(0)), min_size=1, max_size=2)),
    st.tuples(st.just("compact"), st.just([])),
)


def made(kind, id, seed):
    """Return a document that depends on the seed; a long one has as many passages."""
    rng = np.random.default_rng(seed)
    vectors = [random_unit(rng, TEXT_DIMENSION) for _ in range(seed + 1)]
    text = " ".join(rng.choice(list("abcdef"), size=seed + 1))
    short = document(f"d{id}", text, text_vector=vectors[0])
    if kind != "long":
        return short
    places = tuple(Passage(at, at + 1, vector) for at, vector in enumerate(vectors))
    return replace(short, passages=places)


async def carried_out(store, step):
    """Do one step to the index."""
    kind, items = step
    if kind in ("put", "long"):
        await store.upsert("shop", [made(kind, *item) for item in items])
    elif kind == "delete":
        await store.delete("shop", [f"d{id}" for id, _ in items])
    else:
        await (await open_table(store._db, table_of("shop"))).optimize()


def asked():
    """Return searches by words, by meaning and by both."""
    query = random_unit(np.random.default_rng(77), TEXT_DIMENSION)
    base = SearchRequest("shop", "a c", text_query_vector=query, limit=50)
    return [base, replace(base, mode="keyword"), replace(base, mode="semantic")]


@settings(deadline=None, max_examples=15)
@given(st.lists(STEP, min_size=1, max_size=5))
def test_a_reader_that_followed_answers_as_one_that_has_just_begun(tmp_path_factory, steps):
    """After every write, of whatever kind; scores are the same to the last digit."""

    async def act(store, reader):
        for step in steps:
            await reader.search(asked()[0])
            await carried_out(store, step)
            fresh = await IndexReader.open(folder)
            for request in asked():
                ours, theirs = await reader.search(request), await fresh.search(request)
                assert ours.hits == theirs.hits
                assert ours.index_version == theirs.index_version
            assert len(reader.held) == 1

    folder = str(tmp_path_factory.mktemp("index"))
    on_index(folder, [made("put", id, id) for id in range(5)], act)


def reads(monkeypatch):
    """Return the numbers of namespaces read from now on, filled in."""
    read = []
    original = held_namespaces.read_all

    async def counted(*arguments):
        read.append(arguments[0])
        return await original(*arguments)

    monkeypatch.setattr(held_namespaces, "read_all", counted)
    return read


def gated(monkeypatch):
    """Return a gate; namespaces are read when it is open."""
    gate = asyncio.Event()
    original = held_namespaces.read_all

    async def waiting(*arguments):
        await gate.wait()
        return await original(*arguments)

    monkeypatch.setattr(held_namespaces, "read_all", waiting)
    return gate


def test_only_what_was_written_is_read(tmp_path, monkeypatch):
    """A write, a replacement, a deletion, a tidying: none has all of it read anew."""
    read = reads(monkeypatch)

    async def act(store, reader):
        await reader.search(asked()[0])
        for step in (("put", [(1, 3)]), ("put", [(9, 3)]), ("delete", [(2, 0)]), ("compact", [])):
            await carried_out(store, step)
            await reader.search(asked()[0])

    on_index(tmp_path, [made("put", id, id) for id in range(5)], act)
    assert len(read) == 1


def test_a_large_namespace_is_read_beside_its_searches(tmp_path, monkeypatch):
    """They go by the table until it is there, and find the same."""
    monkeypatch.setattr(held_namespaces, "AT_ONCE_ROWS", 4)
    gate = gated(monkeypatch)

    async def act(store, reader):
        before = await reader.search(asked()[2])
        assert not len(reader.held)
        gate.set()
        await reader.held.ready()
        assert len(reader.held) == 1
        return before, await reader.search(asked()[2])

    before, after = on_index(tmp_path, [made("put", id, id) for id in range(5)], act)
    assert [hit.id for hit in after.hits] == [hit.id for hit in before.hits]


def test_much_that_was_written_at_once_is_read_beside_the_searches(tmp_path, monkeypatch):
    """They see it, by the table."""
    monkeypatch.setattr(held_namespaces, "AT_ONCE_ROWS", 4)
    monkeypatch.setattr(following, "MOST_FOLLOWED", 3)
    gate = gated(monkeypatch)

    async def act(store, reader):
        gate.set()
        await reader.search(asked()[0])
        await reader.held.ready()
        gate.clear()
        await carried_out(store, ("put", [(id, 9) for id in range(8)]))
        found = await reader.search(asked()[0])
        assert len(found.hits) == 8
        assert not len(reader.held)
        gate.set()
        await reader.held.ready()
        assert [hit.id for hit in (await reader.search(asked()[0])).hits] == [
            hit.id for hit in found.hits
        ]
        assert len(reader.held) == 1

    on_index(tmp_path, [made("put", id, id) for id in range(5)], act)


def test_what_does_not_fit_is_searched_in_its_table(tmp_path, monkeypatch):
    """It is not tried again by every search."""
    read = reads(monkeypatch)

    async def act(store, reader):
        small = await IndexReader.open(str(tmp_path), held_bytes=1000)
        found = [await small.search(asked()[2]) for _ in range(3)]
        assert not len(small.held)
        return found, await reader.search(asked()[2])

    found, held = on_index(tmp_path, [made("put", id, id) for id in range(5)], act)
    assert [hit.id for hit in found[-1].hits] == [hit.id for hit in held.hits]
    assert len(read) == 2


def test_what_was_not_searched_for_longest_goes(tmp_path):
    """However many namespaces are searched, memory stays bounded."""

    async def act(store, reader):
        names = ("a", "b", "c")
        for name in names:
            await store.upsert(name, [document("d", text_vector=text_vector(1))])
        await reader.search(SearchRequest("a", "mug"))
        reader.held.most_bytes = 2 * reader.held.nbytes
        for name in ("b", "a", "c"):
            await reader.search(SearchRequest(name, "mug"))
        return list(reader.held._kept)

    assert on_index(tmp_path, [], act) == ["a", "c"]


def test_what_died_is_let_go_of_in_time(tmp_path, monkeypatch):
    """What a deleted document held stays in memory no longer than what nobody uses."""
    read = reads(monkeypatch)

    async def act(store, reader):
        await reader.search(asked()[0])
        await store.delete("shop", ["d1"])
        await reader.search(asked()[0])
        reader.forget_unused(0.0)
        await reader.search(asked()[0])
        assert len(read) == 1
        kept = reader.held._kept["shop"]
        kept.used_s += 1000.0
        reader.forget_unused(kept.used_s - 1.0)
        await reader.search(asked()[0])
        await reader.held.ready()
        return reader.held._kept["shop"].held

    held = on_index(tmp_path, [made("put", id, id) for id in range(5)], act)
    assert "d1" not in held.rows.ids
    assert len(read) == 2


def test_a_version_that_was_brought_back_is_seen(tmp_path):
    """What is held is of a later one, which is no more."""

    async def act(store, reader):
        held = reader.held
        await reader.search(asked()[0])
        older = await open_table(reader._db, table_of("shop"))
        await store.upsert("shop", [document("new", "a c")])
        newer = await reader.search(asked()[0])
        schema = await older.schema()
        edition = replace(held._kept["shop"].held.edition, version=await older.version())
        # Another search that began before the write goes by what is there by now.
        assert await held.at(older, "shop", edition, schema, 5) is held._kept["shop"].held
        table = await open_table(reader._db, table_of("shop"))
        held._kept["shop"].held = replace(
            held._kept["shop"].held, edition=replace(edition, version=newer.index_version + 7)
        )
        again = await reader.search(asked()[0])
        assert again.index_version == await table.version() == newer.index_version
        return newer, again

    newer, again = on_index(tmp_path, [made("put", id, id) for id in range(5)], act)
    assert again.hits == newer.hits


def test_a_reader_that_is_closed_ends_what_it_was_reading(tmp_path, monkeypatch):
    """Nothing is left behind on the event loop."""
    monkeypatch.setattr(held_namespaces, "AT_ONCE_ROWS", 0)

    async def act(store, reader):
        await reader.search(asked()[0])
        await reader.close()
        await asyncio.wait_for(reader.held.ready(), 60)
        return reader

    reader = on_index(tmp_path, [long_document("a")], act)
    assert not len(reader.held)
