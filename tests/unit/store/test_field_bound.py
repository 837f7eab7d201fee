"""Metadata fields: bounded per namespace, and given back when nobody uses them."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.errors import TooManyFields, UnknownFilterField
from retrieval.filtering.fields import column_of, key_of, typed_columns
from retrieval.filtering.parse import parse
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from retrieval.store.connection import open_table
from retrieval.store.writing import maintenance_plan as m
from retrieval.store.writing.columns import missing_columns
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, on_index


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch):
    """Looking for unused columns need not wait for the last look to be long ago."""
    monkeypatch.setattr(m, "SWEEP_REST", 0)


def wide(id, count, prefix="key"):
    """Return a document with so many fields."""
    return document(id, metadata={f"{prefix}{i}": i for i in range(count)})


async def opened(folder, max_fields):
    """Open an index whose namespaces have few fields."""
    store = await IndexStore.open(str(folder), max_fields=max_fields)
    await store.claim(FINGERPRINT)
    return store


async def fields_of(store, namespace="shop"):
    """Return the typed columns of a namespace."""
    table = await open_table(store._db, f"ns.{namespace}")
    assert table is not None
    return {name for name in (await table.schema()).names if key_of(name) is not None}


def test_the_refusal_names_the_document_the_counts_and_the_setting(tmp_path):
    """And nothing of the call is written."""

    async def run():
        store = await opened(tmp_path, 10)
        await store.upsert("shop", [wide("a", 4)])
        with pytest.raises(TooManyFields) as caught:
            await store.upsert("shop", [wide("b", 6), wide("wild", 980, "other"), wide("c", 2)])
        with pytest.raises(TooManyFields):
            await store.upsert("zoo", [wide("a", 11)])
        return caught.value, await fields_of(store)

    error, fields = asyncio.run(run())
    assert "'wild' brings 980 new metadata fields to the 6 of its namespace" in str(error)
    assert "10 (`index.max_fields`)" in str(error)
    assert list(error.refused) == ["wild"]
    assert len(fields) == 4


def test_a_field_of_times_counts_twice_and_the_refusal_says_so(tmp_path):
    """Each column makes writes slower, also that of the moments."""
    dated = document("a", metadata={f"key{i}": "2026-01-31" for i in range(3)})

    async def run():
        store = await opened(tmp_path, 5)
        with pytest.raises(TooManyFields, match=r"6 new metadata fields \(a time counts twice\)"):
            await store.upsert("shop", [dated])

    asyncio.run(run())


def test_a_namespace_with_more_fields_than_allowed_goes_on_with_those_it_has(tmp_path):
    """An older release let them in; only new ones are refused."""

    async def run():
        store = await opened(tmp_path, 30)
        await store.upsert("shop", [wide("a", 30)])
        await store.close()
        store = await opened(tmp_path, 10)
        await store.upsert("shop", [wide("b", 30)])
        with pytest.raises(TooManyFields):
            await store.upsert("shop", [document("c", metadata={"new": 1})])
        return await fields_of(store)

    assert len(asyncio.run(run())) == 30


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("abcdef"), st.sampled_from([1, "x", "2026-01-31"]), max_size=4
        ),
        max_size=8,
    ),
    st.integers(0, 6),
)
def test_who_comes_first_gets_the_room(metadata, most):
    """Whoever is not refused fits together, and no document is refused that would have fitted."""
    documents = [document(f"d{i}", metadata=data) for i, data in enumerate(metadata)]
    try:
        missing_columns(["id"], documents, most)
        refused = set()
    except TooManyFields as error:
        refused = set(error.refused)
    taken = set()
    for item in documents:
        needed = taken | set(typed_columns(item.metadata))
        assert (item.id in refused) == (len(needed) > most and needed != taken)
        taken = taken if item.id in refused else needed
    kept = [item for item in documents if item.id not in refused]
    assert missing_columns(["id"], kept, most) == sorted(taken)


def test_deleting_the_documents_of_a_field_gives_its_column_back(tmp_path):
    """With the next upkeep; others' fields stay, also one that is null everywhere."""

    async def act(store, reader):
        kept = {"price": 1, "tags": ["a"], "ok": True, "brand": "x", "nothing": None}
        await store.upsert("shop", [wide("wild", 40), document("a", metadata=kept)])
        await store.maintain("shop")
        before = await fields_of(store)
        await store.delete("shop", ["wild"])
        report = await store.maintain("shop")
        after = await fields_of(store)
        gone = parse({"field": "key7", "op": "eq", "value": 7})
        with pytest.raises(UnknownFilterField):
            await reader.search(SearchRequest("shop", query_text="mug", filter=gone))
        null = parse({"field": "nothing", "op": "exists", "value": False})
        found = await reader.search(SearchRequest("shop", query_text="mug", filter=null))
        await store.upsert("shop", [wide("b", 3)])
        return before, after, report.actions, [hit.id for hit in found.hits], await fields_of(store)

    before, after, actions, found, again = on_index(tmp_path, [], act)
    assert len(before) == 45
    assert after == {"n_price", "l_tags", "b_ok", "s_brand", "s_nothing"}
    assert "drop_columns" in actions
    assert found == ["a"]
    assert again == after | {column_of("n_", f"key{i}") for i in range(3)}


def test_replacing_the_last_document_of_a_field_gives_its_column_back(tmp_path):
    """An upsert takes fields away as a delete does."""

    async def act(store, reader):
        await store.maintain("shop")
        await store.upsert("shop", [document("wild", metadata={"price": 1})])
        await store.maintain("shop")
        return await fields_of(store)

    assert on_index(tmp_path, [wide("wild", 50)], act) == {"n_price"}


def test_nothing_is_looked_for_where_nothing_was_taken_away(tmp_path):
    """Reading all rows after every new document would cost more than it brings."""
    looked = []

    async def act(store, reader):
        original = store._housekeeping._drop_unused

        async def counted(table, namespace):
            looked.append(namespace)
            return await original(table, namespace)

        store._housekeeping._drop_unused = counted
        for i in range(3):
            await store.maintain("shop")
            await store.upsert("shop", [document(f"d{i}")])
        await store.delete("shop", ["d0"])
        await store.maintain("shop")

    on_index(tmp_path, [document("a", metadata={"price": 1})], act)
    # Once for what an earlier writer may have left, once for the deletion.
    assert looked == ["shop", "shop"]


def test_a_field_that_comes_back_while_columns_are_dropped_stays(tmp_path, monkeypatch):
    """An upsert between the look and the drop fills it again; a reader meanwhile sees it."""
    from retrieval.store.writing import housekeeping

    original = housekeeping.unused_columns

    async def act(store, reader):
        async def slowly(table):
            found = await original(table)
            await store.upsert("shop", [document("back", metadata={"key3": 3})])
            return found

        await store.maintain("shop")
        await store.delete("shop", ["wild"])
        monkeypatch.setattr(housekeeping, "unused_columns", slowly)
        held = await open_table(reader._db, "ns.shop")
        await store.maintain("shop")
        assert held is not None
        rows = await held.query().select(["id", "n_key5"]).to_list()
        wanted = parse({"field": "key3", "op": "eq", "value": 3})
        found = await reader.search(SearchRequest("shop", query_text="mug", filter=wanted))
        return await fields_of(store), [hit.id for hit in found.hits], rows

    fields, found, rows = on_index(tmp_path, [wide("wild", 20), document("a")], act)
    assert fields == {"n_key3"}
    assert found == ["back"]
    assert [row["id"] for row in rows] == ["a"]


def test_readers_go_on_while_columns_come_and_go(tmp_path):
    """Searches beside writes and upkeep, with filters on fields that vanish: found or unknown."""

    async def run():
        store = await opened(tmp_path, 200)
        reader = await IndexReader.open(str(tmp_path))
        await store.upsert("shop", [document("a", metadata={"price": 1})])
        outcomes = []

        async def search():
            for _ in range(40):
                wanted = parse({"field": "key1", "op": "eq", "value": 1})
                try:
                    found = await reader.search(
                        SearchRequest("shop", query_text="mug", filter=wanted)
                    )
                    outcomes.append([hit.id for hit in found.hits])
                except UnknownFilterField:
                    outcomes.append("unknown")

        async def churn():
            for _ in range(6):
                await store.upsert("shop", [wide("wild", 30)])
                await store.delete("shop", ["wild"])
                await store.maintain("shop")

        await asyncio.gather(search(), churn())
        return outcomes

    outcomes = asyncio.run(run())
    assert len(outcomes) == 40
    assert {str(outcome) for outcome in outcomes} <= {"['wild']", "[]", "unknown"}
