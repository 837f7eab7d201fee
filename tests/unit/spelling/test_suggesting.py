"""Queries are completed from words and values of a namespace, and the last word while typed."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.search.request import SearchRequest
from retrieval.search.suggestion import Suggestion
from retrieval.store import IndexReader
from retrieval.store.reading.held import suggesting
from retrieval.store.reading.held.spellings import HeldSpellings
from retrieval.store.reading.readers import suggest
from tests.unit.retrieval.retrieval_samples import document, on_index

TYPED = SearchRequest("shop", "red str", mode="keyword", prefix=True)


def shop():
    """Return mugs of two makers, most of them striped."""
    makers = ("Strathmore Ltd", "Wedgwood")
    return [
        document(
            f"mug-{n}",
            f"{'striped' if n % 3 else 'strong'} red mug",
            metadata={"maker": makers[n % 2], "price": n, "note": "strange " * 40},
        )
        for n in range(10)
    ]


def suggested(folder, *typed, most=5, held_bytes=None, change=None):
    """Return the suggestions to what was typed."""

    async def act(store, _):
        if change is not None:
            await change(store)
        reader = await IndexReader.open(str(folder), held_bytes=held_bytes)
        return [await suggest(reader, "shop", one, most) for one in typed]

    return on_index(folder, shop(), act)


def test_words_and_values_complete_what_is_typed(tmp_path):
    """Values that begin so, words of texts by how many documents have them."""
    [one, two] = suggested(tmp_path, "str", "Red Stri")
    assert one.found == [
        Suggestion("Strathmore Ltd", "value", 5, "maker"),
        Suggestion("strange", "word", 10),
        Suggestion("striped", "word", 6),
        Suggestion("strathmore", "word", 5),
        Suggestion("strong", "word", 4),
    ]
    assert two.found == [Suggestion("Red striped", "word", 6)]
    assert (one.is_held, one.is_cut) == (True, False)


def test_a_value_is_found_by_each_of_its_words(tmp_path):
    """`lt` begins the maker's second word."""
    [found] = suggested(tmp_path, "lt")
    assert Suggestion("Strathmore Ltd", "value", 5, "maker") in found.found


def test_what_only_deleted_documents_had_is_not_suggested(tmp_path):
    """Neither their words nor their values."""

    async def change(store):
        await store.delete("shop", [f"mug-{n}" for n in range(0, 10, 2)])
        await store.upsert("shop", [document("mug-new", "straw hat")])

    [found] = suggested(tmp_path, "stra", change=change)
    assert [one.text for one in found.found] == ["strange", "straw"]


def test_of_a_namespace_that_is_not_in_memory_nothing_is_suggested_and_that_is_said(tmp_path):
    """Reading it for a letter would cost more than the search."""
    [found] = suggested(tmp_path, "str", held_bytes=0)
    assert (found.found, found.is_held) == ((), False)


def test_of_very_many_values_some_are_left_out_and_that_is_said(tmp_path, monkeypatch):
    """Typing must not hold up searches."""
    monkeypatch.setattr(suggesting, "MOST_VALUES", 1)
    [found] = suggested(tmp_path, "str")
    assert found.is_cut
    assert {one.kind for one in found.found} == {"word"}


def test_what_nothing_begins_with_has_no_suggestions(tmp_path):
    """Signs and spaces alone neither."""
    for found in suggested(tmp_path, "xyz", " ", "red ", "%", "12"):
        assert found.found == []


def searched(folder, *requests, held_bytes=None):
    """Return what searches of the shop find."""

    async def act(*_):
        reader = await IndexReader.open(str(folder), held_bytes=held_bytes)
        return [await reader.search(request) for request in requests]

    return on_index(folder, shop(), act)


def test_the_last_word_is_taken_for_the_beginning_of_one(tmp_path):
    """Each document counts by the best of the words that begin so."""
    typed, not_typed = searched(tmp_path, TYPED, replace(TYPED, prefix=False))
    assert len(typed.hits) == len(not_typed.hits) == 10
    assert all(hit.keyword_score for hit in typed.hits)
    assert typed.hits[0].keyword_score > not_typed.hits[0].keyword_score
    assert typed.corrected == {}


def test_a_word_that_is_done_is_taken_as_it_is(tmp_path):
    """A space behind it, or a word that only itself begins with."""
    for query in ("red stri ", "stri red"):
        found, plain = searched(
            tmp_path / query.replace(" ", "-"),
            replace(TYPED, query_text=query),
            replace(TYPED, query_text=query, prefix=False),
        )
        assert found.hits == plain.hits


def test_a_beginning_is_not_corrected(tmp_path):
    """`strip` is one change from `striped`, and the beginning of it."""
    asked = replace(TYPED, query_text="stripe", typos=True)
    [found] = searched(tmp_path, replace(asked, query_text="stripd"))
    assert found.corrected == {"stripd": ["striped"]}
    [begun] = searched(tmp_path / "begun", replace(asked, query_text="strip"))
    assert begun.corrected == {}
    assert len(begun.hits) == 6


def test_a_search_by_the_table_says_that_it_continued_no_word(tmp_path):
    """As for misspelt words."""
    [found] = searched(tmp_path, TYPED, held_bytes=0)
    assert "prefix_not_looked_for" in {warning.code for warning in found.warnings}


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["ab", "abc", "b", "ba"]), max_size=4), min_size=1),
    st.data(),
)
def test_only_rows_that_live_are_counted(rows, data):
    """However the rows came in."""
    alive = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    grown = HeldSpellings()
    for at, row in enumerate(rows):
        grown = grown.grown([row], at)
    mask = np.array(alive)
    counts = {
        word: sum(word in row for row, lives in zip(rows, alive, strict=True) if lives)
        for word in ("ab", "abc")
    }
    wanted = sorted(((-n, word) for word, n in counts.items() if n))
    for spellings in (grown, grown.as_one()):
        found = spellings.beginning("a", mask, 9)
        assert found == [(word, -n) for n, word in wanted]
