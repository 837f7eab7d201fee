"""Filters over columns in memory, against the obvious evaluator."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.filtering.parse import parse
from retrieval.filtering.python import matches
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader
from retrieval.store.reading.held.chosen import NotHeld
from retrieval.store.reading.held.namespace import nothing_held
from retrieval.store.rows import columns_needed, to_table
from retrieval.store.schema import Edition, document_schema, field_of
from tests.unit.retrieval.retrieval_samples import document, on_index, text_vector
from tests.unit.retrieval.test_filters import DOCUMENTS, FILTERS, condition


def held_of(*writes):
    """Return documents in memory, as several writes have brought them."""
    held = nothing_held(Edition("", 0), {"text_vector": 16, "image_vector": 24}, 0)
    schema = document_schema(16, 24)
    for documents in writes:
        for column in sorted(columns_needed(documents)):
            if column not in schema.names:
                schema = schema.append(field_of(column))
        table = to_table(documents, schema)
        first = len(held.rows)
        rows = pa.array(np.arange(first, first + len(table)), pa.uint64())
        held = held.grown(table.append_column("_rowid", rows))
    return held.at(Edition("", len(writes)), has_parts=False)


def taken(held, filter):
    """Return the ids that a filter takes."""
    passing = held.passing(filter)
    return {held.rows.ids[row] for row in np.flatnonzero(passing)}


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(rows=DOCUMENTS, filters=st.lists(FILTERS, min_size=3, max_size=8), cut=st.integers(0, 4))
def test_memory_takes_exactly_what_matches(rows, filters, cut):
    """Whatever columns came with a later write."""
    documents = [document(f"d{i}", **row) for i, row in enumerate(rows)]
    held = held_of(documents[:cut], documents[cut:])
    for filter in map(parse, filters):
        try:
            found = taken(held, filter)
        except NotHeld:
            continue
        assert found == {d.id for d in documents if matches(filter, d)}, filter


@pytest.mark.parametrize("field", ["text", "id"])
def test_what_is_not_in_memory_is_asked_of_the_table(field):
    """Texts are looked through there; a wrong answer would be worse than a slow one."""
    with pytest.raises(NotHeld):
        held_of([document("a")]).passing(parse(condition(field, "contains", "a")))


def test_ids_are_found_by_name():
    """Those that are not there take nothing."""
    held = held_of([document("a"), document("b")], [document("b"), document("c")])
    assert taken(held, parse(condition("id", "in", ["a", "b", "x"]))) == {"a", "b"}
    assert taken(held, parse(condition("id", "ne", "b"))) == {"a", "c"}


def test_letters_count_alike_large_or_small_however_they_came():
    """Texts of many writes are searched as one."""
    writes = [[document(f"d{n}", metadata={"brand": f"Über {n}"})] for n in range(40)]
    held = held_of(*writes)
    for n in (0, 39):
        assert taken(held, parse(condition("brand", "contains", f"ÜBER {n}"))) >= {f"d{n}"}
    grown = held_of(*writes, [document("late", metadata={"brand": "über all"})])
    assert taken(grown, parse(condition("brand", "contains", "ALL"))) == {"late"}


def test_a_filtered_search_in_memory_finds_what_the_table_finds(tmp_path):
    """By words and by meaning; filters on texts too."""
    documents = [
        document(f"d{n}", "mug" + " so" * n, text_vector=text_vector(1, n), metadata={"n": n})
        for n in range(30)
    ]
    filters = [condition("n", "lt", 9), condition("text", "contains", "so so so")]

    async def act(store, reader):
        asked = SearchRequest("shop", "mug", text_query_vector=text_vector(1), limit=40)
        table = await IndexReader.open(str(tmp_path), held_bytes=0)
        found = []
        for data in filters:
            request = replace(asked, filter=parse(data))
            found.append([await one.search(request) for one in (reader, table)])
        assert len(reader.held) == 1
        return found

    for ours, theirs in on_index(tmp_path, documents, act):
        assert {hit.id for hit in ours.hits} == {hit.id for hit in theirs.hits}
        ranks = {hit.id: hit.semantic_rank for hit in theirs.hits}
        assert {hit.id: hit.semantic_rank for hit in ours.hits} == ranks
