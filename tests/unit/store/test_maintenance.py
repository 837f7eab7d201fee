"""Upkeep: what is due, and that it disturbs nobody."""

import asyncio
import contextlib
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import NotFound, WriteConflict
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader, IndexStore
from retrieval.store.retry import retrying
from retrieval.store.writing import maintenance_plan as m
from retrieval.store.writing.maintenance_plan import Action, Stats, Upkeep, VectorStats, due
from retrieval.store.writing.pacing import Pacing
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, on_index, random_unit

TIDY = Stats(
    rows=1000,
    small_fragments=1,
    versions=1,
    has_text_index=True,
    has_id_index=True,
    unindexed_rows=0,
    vectors={"text_vector": VectorStats(1000, None), "image_vector": VectorStats(0, None)},
)


def test_a_tidy_namespace_is_due_nothing():
    """Maintenance of a quiet index is free."""
    assert due(TIDY) == []


@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({"has_text_index": False}, Action(Upkeep.INDEX_TEXT, "words")),
        ({"has_older_words": True}, Action(Upkeep.ANALYSE_TEXT, "words")),
        ({"has_id_index": False}, Action(Upkeep.INDEX_IDS, "id")),
        ({"small_fragments": m.SMALL_FRAGMENTS}, Action(Upkeep.OPTIMIZE)),
        ({"unindexed_rows": m.UNINDEXED_ROWS + 1}, Action(Upkeep.OPTIMIZE)),
        ({"versions": m.OLD_VERSIONS}, Action(Upkeep.OPTIMIZE)),
    ],
)
def test_each_kind_of_disorder_is_due_its_cure(change, action):
    """One cause, one action."""
    assert due(replace(TIDY, **change)) == [action]


@pytest.mark.parametrize(
    ("rows", "trained_rows", "needed"),
    [
        (m.VECTOR_INDEX_ROWS - 1, None, False),
        (m.VECTOR_INDEX_ROWS, None, True),
        (10_000, 10_000, False),
        (29_999, 10_000, False),
        (30_000, 10_000, True),
        (10, 10_000, False),
    ],
)
def test_a_vector_index_is_built_when_it_pays_and_again_when_outgrown(rows, trained_rows, needed):
    """Small columns are scanned; a tripled one is trained anew."""
    stats = replace(TIDY, vectors={"image_vector": VectorStats(rows, trained_rows)})
    assert (Action(Upkeep.INDEX_VECTORS, "image_vector") in due(stats)) is needed


@pytest.mark.parametrize(("spared", "rest"), [(False, m.REST), (True, m.SPARED_REST)])
def test_tidying_rests_in_proportion_to_what_it_takes(spared, rest):
    """It rewrites the table, so a large one is tidied more rarely, beside a bulk job still more."""
    untidy = replace(TIDY, small_fragments=m.SMALL_FRAGMENTS)
    assert due(replace(untidy, rested=0.99 * rest), spared) == []
    assert due(replace(untidy, rested=rest), spared) == [Action(Upkeep.OPTIMIZE)]


@pytest.mark.parametrize("spared", [False, True])
def test_unused_columns_are_looked_for_after_something_was_taken_away(spared):
    """Not beside a bulk job, and rarely enough not to be felt."""
    thinned = replace(TIDY, thinned=True)
    found = due(replace(thinned, swept_rested=m.SWEEP_REST), spared)
    assert found == ([] if spared else [Action(Upkeep.DROP_COLUMNS)])
    assert due(replace(thinned, swept_rested=0.99 * m.SWEEP_REST), spared) == []


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0, 100)), min_size=1))
def test_rest_is_counted_in_times_of_the_last_work(rounds):
    """Of the last one only, and none before the first."""
    now = [0.0]
    rest = Pacing(lambda: now[0])
    assert rest.rested() == math.inf
    for took_s, later_s in rounds:
        with contextlib.suppress(OSError), rest.after_work():
            now[0] += took_s
            raise OSError
        now[0] += later_s
        assert rest.rested() == pytest.approx(later_s / took_s, rel=1e-6, abs=1e-6)


def test_a_table_that_was_just_tidied_rests(tmp_path, monkeypatch):
    """However untidy writing leaves it meanwhile."""
    monkeypatch.setattr(m, "SMALL_FRAGMENTS", 1)
    monkeypatch.setattr(m, "REST", 1e9)

    async def run():
        store = await IndexStore.open(str(tmp_path))
        await store.claim(FINGERPRINT)
        actions = []
        for round in range(3):
            await fill(store, "shop", 10, start=10 * round)
            await fill(store, "lent", 10, start=10 * round)
            actions.append((await store.maintain("shop")).actions)
        return actions, (await store.maintain("lent")).actions

    actions, others = asyncio.run(run())
    assert ["optimize" in done for done in actions] == [True, False, False]
    assert "optimize" in others


def test_an_empty_namespace_needs_no_id_index():
    """There is nothing to train it on."""
    assert due(replace(TIDY, rows=0, has_id_index=False)) == []


def test_a_vector_index_in_many_pieces_is_built_anew():
    """Each tidying adds a piece, and each search visits all of them."""
    stats = replace(TIDY, vectors={"text_vector": VectorStats(9_000, 8_000, m.SEGMENTS)})
    assert due(stats) == [Action(Upkeep.INDEX_VECTORS, "text_vector")]


async def fill(store, namespace, count, size=16, start=0):
    """Upsert ``count`` documents with vectors in one call."""
    rng = np.random.default_rng(start)
    await store.upsert(
        namespace,
        [
            document(f"d{start + i}", f"mug number {start + i}", text_vector=random_unit(rng, size))
            for i in range(count)
        ],
    )


def test_maintenance_and_upserts_run_side_by_side(tmp_path, monkeypatch):
    """Neither fails, nothing is lost, and every document is found afterwards."""
    monkeypatch.setattr(m, "VECTOR_INDEX_ROWS", 300)
    monkeypatch.setattr(m, "SMALL_FRAGMENTS", 2)

    async def write(store):
        for batch in range(12):
            await fill(store, "shop", 40, start=batch * 30)

    async def run():
        store = await IndexStore.open(str(tmp_path))
        await store.claim(FINGERPRINT)
        await fill(store, "shop", 300)
        writing = asyncio.create_task(write(store))
        reports = []
        while not writing.done():
            reports.append(await store.maintain("shop"))
        await writing
        reports.append(await store.maintain("shop"))
        reader = await IndexReader.open(str(tmp_path))
        found = [
            (await reader.search(SearchRequest("shop", query_text=f"number {i}", limit=1)))
            .hits[0]
            .id
            for i in (0, 150, 369)
        ]
        return await reader.count("shop"), found, {name for r in reports for name in r.actions}

    count, found, actions = asyncio.run(run())
    assert count == 370
    assert found == ["d0", "d150", "d369"]
    assert actions >= {"optimize", "index_vectors"}


def test_maintaining_twice_finds_nothing_left_to_do(tmp_path):
    """What was due is done, and is not due again."""

    async def act(store, reader):
        await fill(store, "shop", 50)
        return (await store.maintain("shop")).actions, (await store.maintain("shop")).actions

    assert on_index(tmp_path, [], act) == (("index_ids",), ())


def test_many_small_writes_become_few_fragments(tmp_path):
    """Each upsert leaves a fragment until upkeep merges them."""

    async def act(store, reader):
        for i in range(m.SMALL_FRAGMENTS + 1):
            await fill(store, "shop", 1, start=i)
        before = (await store._tables._open["shop"].stats())["fragment_stats"]["num_fragments"]
        await store.maintain("shop")
        await store._tables._open["shop"].checkout_latest()
        return before, (await store._tables._open["shop"].stats())["fragment_stats"][
            "num_fragments"
        ]

    before, after = on_index(tmp_path, [], act)
    assert before > after == 1


@pytest.mark.parametrize("namespace", ["shop", "nowhere"])
def test_a_namespace_that_is_gone_needs_no_upkeep(tmp_path, namespace):
    """Dropped before or never made: the caller is told, and skips it."""

    async def act(store, reader):
        await store.drop_namespace("shop")
        with pytest.raises(NotFound):
            await store.maintain(namespace)

    on_index(tmp_path, [document("a")], act)


async def no_sleep(seconds):
    """Take no time."""


def test_a_conflict_is_tried_again():
    """The second commit finds the way free."""
    outcomes = iter([RuntimeError("Retryable commit conflict for version 7"), None])

    async def commit():
        if error := next(outcomes):
            raise error
        return "done"

    assert asyncio.run(retrying(commit, "it", sleep=no_sleep)) == "done"


def test_endless_conflicts_end_in_an_error():
    """Attempts are bounded, and the last reason is in the message."""

    async def commit():
        raise RuntimeError("commit conflict 42")

    with pytest.raises(WriteConflict, match=r"3 attempts.*42"):
        asyncio.run(retrying(commit, "it", attempts=3, sleep=no_sleep))


def test_other_errors_are_not_tried_again():
    """A full disk does not get better by repetition."""
    calls = []

    async def commit():
        calls.append(1)
        raise RuntimeError("no space left on device")

    with pytest.raises(RuntimeError, match="no space"):
        asyncio.run(retrying(commit, "it", sleep=no_sleep))
    assert len(calls) == 1


def test_a_bulk_job_puts_the_first_vector_index_off_but_not_for_ever() -> None:
    """An index over a tenth of the rows to come would be outgrown at once."""

    def builds(rows: int, spared: bool) -> bool:
        vectors = {"text_vector": VectorStats(rows, None)}
        figures = Stats(rows, 0, 1, True, True, 0, vectors)
        return any(action.upkeep is Upkeep.INDEX_VECTORS for action in due(figures, spared))

    assert builds(m.VECTOR_INDEX_ROWS, spared=False)
    assert not builds(m.VECTOR_INDEX_ROWS, spared=True)
    assert builds(m.SPARED_INDEX_ROWS, spared=True)
