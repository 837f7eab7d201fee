"""Misspelt words are found as what they stand for, and exact ones as before."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.filtering.parse import parse
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader
from retrieval.store.reading.held.query_words import MOST_CORRECTED
from retrieval.store.reading.held.spellings import HeldSpellings
from retrieval.words.misspelt import closest
from tests.unit.retrieval.retrieval_samples import document, on_index

TEXTS = {
    "striped": "striped red mug of stoneware",
    "plain": "plain red mug of stoneware",
    "telescope": "telescopic ladder, aluminium",
    "shirt": "a strip of fabric from a shirt",
}
ASKED = SearchRequest("shop", "stripd red mgu", mode="keyword", typos=True, highlight=True)


def shop():
    """Return a few documents; one has a word in its metadata alone."""
    extra = {"plain": {"maker": "Wedgwood"}}
    return [document(id, text, metadata=extra.get(id, {})) for id, text in TEXTS.items()]


def searched(folder, *requests, held_bytes=None, change=None):
    """Return what searches of the shop find."""

    async def act(store, _):
        if change is not None:
            await change(store)
        reader = await IndexReader.open(str(folder), held_bytes=held_bytes)
        return [await reader.search(request) for request in requests]

    return on_index(folder, shop(), act)


def ids(result):
    """Return the ids of a result, best first."""
    return [hit.id for hit in result.hits]


def test_a_misspelt_word_finds_what_it_stands_for(tmp_path):
    """The answer says what was taken for what, and marks what was found."""
    [found] = searched(tmp_path, ASKED)
    assert ids(found)[0] == "striped"
    assert found.corrected == {"stripd": ["strip", "striped"], "mgu": ["mug"]}
    best = found.hits[0]
    assert [best.text[start:end] for start, end in best.highlights] == ["striped", "red", "mug"]


def test_without_typos_words_are_taken_as_they_are_written(tmp_path):
    """Nothing is corrected, and nothing is said to be."""
    [found] = searched(tmp_path, replace(ASKED, typos=False))
    assert set(ids(found)) == {"striped", "plain"}
    assert found.corrected == {}


def test_known_words_are_never_taken_for_others(tmp_path):
    """`strip` and `shirt` stand in a text: hits, order and scores are as without typos."""
    exact = [replace(ASKED, query_text=text) for text in (*TEXTS.values(), "shirt", "strip")]
    found = searched(tmp_path, *exact, *(replace(one, typos=False) for one in exact))
    allowed, strict = found[: len(exact)], found[len(exact) :]
    assert [one.hits for one in allowed] == [one.hits for one in strict]
    assert not any(one.corrected for one in allowed)


def test_a_misspelt_query_ranks_as_the_right_one(tmp_path):
    """Where a word stands for one other alone, scores are those of that word."""
    wrong = replace(ASKED, query_text="telescpoic aluminum wedgewood")
    right = replace(ASKED, query_text="telescopic aluminium wedgwood")
    found, wanted = searched(tmp_path, wrong, right)
    assert found.hits == wanted.hits
    assert set(ids(found)) == {"telescope", "plain"}


def test_words_of_deleted_documents_are_not_told(tmp_path):
    """No query learns from a correction what stood in a document that is gone."""

    async def change(store):
        await store.delete("shop", ["telescope"])

    asked = replace(ASKED, query_text="telescpoic")
    [found] = searched(tmp_path, asked, change=change)
    assert found.corrected == {}
    assert found.hits == []


def test_new_words_are_known_after_a_write(tmp_path):
    """What a reader in memory follows are the words as well."""

    async def act(store, reader):
        before = await reader.search(replace(ASKED, query_text="porcelan"))
        await store.upsert("shop", [document("new", "porcelain bowl")])
        return before, await reader.search(replace(ASKED, query_text="porcelan"))

    before, after = on_index(tmp_path, shop(), act)
    assert before.corrected == {}
    assert ids(after) == ["new"]


def test_a_search_by_the_table_says_that_it_looked_for_no_misspelt_words(tmp_path):
    """The namespace is not in memory, or a filter reads texts."""
    [by_table] = searched(tmp_path, ASKED, held_bytes=0)
    [short] = searched(tmp_path, replace(ASKED, query_text="my mg"), held_bytes=0)
    filtered = replace(ASKED, filter=parse({"field": "text", "op": "contains", "value": "red"}))
    [by_text] = searched(tmp_path, filtered)
    said = [{warning.code for warning in one.warnings} for one in (by_table, by_text, short)]
    assert ["typos_not_looked_for" in codes for codes in said] == [True, True, False]


def test_of_many_unknown_words_some_are_left_and_named(tmp_path):
    """Correcting a thousand of them would hold up others."""
    words = [f"stripd{'x' * (n % 2)}{chr(97 + n)}" for n in range(MOST_CORRECTED)]
    [found] = searched(tmp_path, replace(ASKED, query_text=" ".join([*words, "telescpoic"])))
    [warning] = [one for one in found.warnings if one.code == "typos_not_looked_for"]
    assert "telescpoic" in warning.message


LISTS = st.lists(st.text("abcde", min_size=2, max_size=9), max_size=6)


@settings(deadline=None)
@given(st.lists(LISTS, min_size=1, max_size=9), st.text("abcde", min_size=4, max_size=9))
def test_grown_spellings_know_what_a_list_knows(rows, word):
    """Row by row or at once, joined or not: the closest of all words."""
    grown = HeldSpellings()
    for at, row in enumerate(rows):
        grown = grown.grown([row], at)
    at_once = HeldSpellings().grown(rows, 0)
    known = sorted({other for row in rows for other in row})
    wanted = set(closest(word, known))
    for spellings in (grown, grown.as_one(), at_once):
        found = spellings.corrections(word, None)
        assert found == at_once.corrections(word, None)
        assert set(found) <= wanted
        assert len(found) == min(len(wanted), 8)


@pytest.mark.parametrize("seed", range(3))
def test_prefixes_find_the_commonest_words(seed):
    """Against counting them all."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abc", k=rng.randint(2, 5))) for _ in range(40)]
    rows = [sorted(set(rng.choices(words, k=5))) for _ in range(60)]
    spellings = HeldSpellings().grown(rows, 0)
    counts = {word: sum(word in row for row in rows) for row in rows for word in row}
    for prefix in ("a", "ab", "cc"):
        begin = [word for word in counts if word.startswith(prefix)]
        wanted = sorted(begin, key=lambda word: (-counts[word], word))[:5]
        found = spellings.beginning(prefix, None, 5)
        assert found == [(word, counts[word]) for word in wanted]
