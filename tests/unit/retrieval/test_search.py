"""Search: legs, filters, pages, snapshots."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import errors
from retrieval.filtering.parse import parse
from retrieval.search.fusion import Fusion
from retrieval.search.request import SearchRequest
from retrieval.store.writing import maintenance_plan as m
from tests.unit.retrieval.retrieval_samples import (
    IMAGE_DIMENSION,
    TEXT_DIMENSION,
    document,
    image_vector,
    later,
    on_index,
    random_unit,
    text_vector,
)
from tests.unit.retrieval.search_samples import CATALOGUE, TEXT_QUERY, catalogue, ids, search

pytestmark = pytest.mark.usefixtures("both_ways")
IMAGE_QUERY = random_unit(np.random.default_rng(2), IMAGE_DIMENSION)
EVERYTHING = {"text_query_vector": TEXT_QUERY, "image_query_vector": IMAGE_QUERY}


@pytest.mark.parametrize(
    "words",
    ["", "   ", "the and of", "!!! ???", '"', "AND", "(", "the AND OR NOT", "\x00", "*", "~"],
)
def test_words_that_say_nothing_find_nothing(tmp_path, words):
    """Stop words, signs and query syntax give an empty leg, never an error."""
    assert search(tmp_path, query_text=words, mode="keyword").hits == []


@settings(max_examples=8, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=20, max_size=20))
def test_no_text_is_read_as_query_syntax(tmp_path_factory, texts):
    """Whatever a user types, the search answers."""

    async def act(store, reader):
        return [await reader.search(SearchRequest("shop", query_text=words)) for words in texts]

    answers = on_index(tmp_path_factory.mktemp("index"), CATALOGUE[:5], act)
    assert len(answers) == len(texts)


@pytest.mark.parametrize("words", ["BW-000007", "bw 000007", "the 000007"])
def test_a_sku_is_found_by_its_number(tmp_path, words):
    """Metadata strings are under the keyword leg, and digits are kept."""
    assert ids(search(tmp_path, query_text=words, mode="keyword"))[0] == "d007"


@pytest.mark.parametrize("words", ["running", "RUN", "runs", "Café", "cafe"])
def test_words_are_stemmed_and_folded(tmp_path, words):
    """Endings, case and accents do not matter."""
    documents = [document("a", "a dog RUNNING to the café"), document("b", "a cat asleep")]
    assert ids(search(tmp_path, documents, query_text=words, mode="keyword")) == ["a"]


def test_rows_without_a_vector_are_not_found_by_it(tmp_path):
    """Nulls never count as near, without an index."""
    found = search(tmp_path, text_query_vector=TEXT_QUERY, mode="semantic", limit=100)
    assert sorted(ids(found)) == [d.id for d in CATALOGUE if d.text_vector is not None]


def test_rows_without_a_vector_are_not_found_through_the_vector_index(tmp_path, monkeypatch):
    """Nulls never count as near, with an index; and unindexed rows are found too."""
    monkeypatch.setattr(m, "VECTOR_INDEX_ROWS", 10)

    async def act(store, reader):
        assert "index_vectors" in (await store.maintain("shop")).actions
        await store.upsert("shop", [document("late", text_vector=TEXT_QUERY), document("none")])
        request = SearchRequest("shop", text_query_vector=TEXT_QUERY, mode="semantic", limit=100)
        return await reader.search(request)

    found = on_index(tmp_path, CATALOGUE, act)
    expected = {d.id for d in CATALOGUE if d.text_vector is not None} | {"late"}
    assert set(ids(found)) == expected
    assert ids(found)[0] == "late"


@pytest.mark.parametrize("indexed", [False, True])
def test_one_vector_leg_orders_by_exact_cosine(tmp_path, monkeypatch, indexed):
    """Calibration changes no order within a leg; the raw score is the cosine."""
    monkeypatch.setattr(m, "VECTOR_INDEX_ROWS", 10)

    async def act(store, reader):
        if indexed:
            await store.maintain("shop")
        request = SearchRequest("shop", text_query_vector=TEXT_QUERY, mode="semantic", limit=100)
        return await reader.search(request)

    cosines = {
        d.id: float(d.text_vector @ TEXT_QUERY) for d in CATALOGUE if d.text_vector is not None
    }
    found = on_index(tmp_path, CATALOGUE, act)
    raw = [hit.explain["text_vector"].raw for hit in found.hits]
    # The index quantises to 8 bits, so near ties may swap.
    assert raw == pytest.approx([cosines[id] for id in ids(found)], abs=0.02 if indexed else 1e-5)
    assert raw == sorted(raw, reverse=True)


@pytest.mark.parametrize(
    "request_", [{"query_text": "mug"}, EVERYTHING, {**EVERYTHING, "query_text": "mug"}]
)
def test_filters_apply_before_the_legs_choose(tmp_path, request_):
    """The five cheapest are found though hundreds match better."""
    documents = catalogue(500)
    cheap = parse({"field": "price", "op": "lt", "value": 5})
    found = search(tmp_path, documents, filter=cheap, limit=100, **request_)
    assert set(ids(found)) <= {f"d00{i}" for i in range(5)}
    assert len(found.hits) >= 4


def test_a_filter_on_an_unknown_field_is_refused(tmp_path):
    """With the place of the mistake."""
    filter = parse({"field": "prise", "op": "lt", "value": 5})
    with pytest.raises(errors.UnknownFilterField, match=r"prise.*price"):
        search(tmp_path, query_text="mug", filter=filter)


@pytest.mark.parametrize(
    ("vector", "error"),
    [
        (image_vector(1), errors.WrongDimension),
        (np.full(TEXT_DIMENSION, np.nan, np.float32), errors.NonFiniteVector),
    ],
)
def test_a_query_vector_that_does_not_fit_is_refused(tmp_path, vector, error):
    """It never reaches the store."""
    with pytest.raises(error):
        search(tmp_path, text_query_vector=vector)


@pytest.mark.parametrize(
    "bad",
    [
        {"namespace": "A"},
        {"mode": "magic"},
        {"limit": 0},
        {"limit": 1001},
        {"offset": -1},
        {"recency_half_life_s": 0.0},
        {"recency_half_life_s": math.nan},
    ],
)
def test_an_impossible_request_is_refused(bad):
    """When it is made, not when it is run."""
    with pytest.raises(errors.RetrievalError):
        SearchRequest(**{"namespace": "shop", **bad})


@pytest.mark.parametrize("method", ["weighted", "rrf"])
@pytest.mark.parametrize("prefer_recent", [False, True])
def test_pages_are_slices_of_one_list(tmp_path, method, prefer_recent):
    """No page repeats or skips a document, whatever the page size."""
    asked = {
        **EVERYTHING,
        "query_text": "striped mug 7",
        "fusion": Fusion(method),
        "prefer_recent": prefer_recent,
        "recency_half_life_s": 10.0,
    }

    async def act(store, reader):
        whole = await reader.search(SearchRequest("shop", limit=1000, **asked))
        pages = [
            await reader.search(SearchRequest("shop", limit=7, offset=offset, **asked))
            for offset in range(0, whole.total_candidates, 7)
        ]
        beyond = await reader.search(SearchRequest("shop", offset=10_000, **asked))
        return whole, pages, beyond

    whole, pages, beyond = on_index(tmp_path, CATALOGUE, act)
    assert [hit for page in pages for hit in page.hits] == whole.hits
    assert {page.total_candidates for page in pages} == {whole.total_candidates, len(whole.hits)}
    assert (beyond.hits, beyond.total_candidates) == ([], whole.total_candidates)
    assert [(-h.score, h.id) for h in whole.hits] == sorted((-h.score, h.id) for h in whole.hits)


def test_a_hit_says_where_its_score_comes_from(tmp_path):
    """The explanation and the ranks are of the legs that found it."""
    documents = [
        document(
            "both", "striped mug", text_vector=text_vector(1, 0.1), image_vector=image_vector(0, 1)
        ),
        document("words", "striped mug"),
        document("text", "a kettle", text_vector=text_vector(1, 1)),
    ]
    found = search(
        tmp_path,
        documents,
        query_text="striped",
        text_query_vector=text_vector(1),
        image_query_vector=image_vector(1),
    )
    hits = {hit.id: hit for hit in found.hits}
    assert set(hits["both"].explain) == {"keyword", "text_vector", "image_vector"}
    assert (hits["words"].semantic_score, hits["words"].semantic_rank) == (None, None)
    assert (hits["text"].keyword_score, hits["text"].keyword_rank) == (None, None)
    assert hits["both"].semantic_rank == hits["both"].keyword_rank == 1
    assert hits["both"].score == pytest.approx(1.0)
    better = max(hits["both"].explain[leg].calibrated for leg in ("text_vector", "image_vector"))
    assert hits["both"].semantic_score == better
    assert hits["text"].explain["text_vector"].raw == pytest.approx(math.sqrt(0.5), abs=1e-6)


def test_hits_carry_the_document(tmp_path):
    """All that a result list shows, picture and vectors left out."""
    cup = document(
        "cup", "a cup", picture=b"x", metadata={"price": 5}, source="STM", created_at=later(1)
    )
    hit = search(tmp_path, [cup], query_text="cup").hits[0]
    shown = (hit.id, hit.text, hit.modality, hit.source, hit.metadata, hit.created_at)
    assert shown == ("cup", "a cup", "IMAGE", "STM", {"price": 5}, later(1))


def test_the_best_keyword_hit_gets_its_exact_cosine(tmp_path):
    """Though 200 others are nearer, it is not treated as unrelated."""
    rng = np.random.default_rng(0)
    near = [
        document(f"n{i:03d}", "a kettle", text_vector=text_vector(1, *(0.1 * rng.normal(size=15))))
        for i in range(230)
    ]
    word = document("word", "striped mug", text_vector=text_vector(0.5, 1))
    found = search(
        tmp_path, [*near, word], query_text="striped", text_query_vector=text_vector(1), limit=500
    )
    hit = next(hit for hit in found.hits if hit.id == "word")
    assert hit.explain["text_vector"].raw == pytest.approx(0.5 / math.sqrt(1.25), abs=1e-6)
    assert found.total_candidates == 201


def test_a_query_that_fits_no_picture_puts_a_text_first(tmp_path):
    """Pictures whose cosines are all high, and all alike, get no credit for it."""
    rng = np.random.default_rng(3)
    texts = [document(f"t{i}", text_vector=random_unit(rng, TEXT_DIMENSION)) for i in range(40)]
    answer = document("answer", text_vector=text_vector(1, 0.5))
    pictures = [
        document(f"p{i}", None, picture=b"x", image_vector=image_vector(5, *rng.normal(size=23)))
        for i in range(80)
    ]
    found = search(
        tmp_path,
        [*texts, answer, *pictures],
        text_query_vector=text_vector(1),
        image_query_vector=image_vector(1),
        mode="semantic",
    )
    assert ids(found)[0] == "answer"


def test_a_picture_that_fits_comes_before_texts_that_do_not(tmp_path):
    """Though the texts' raw cosines are higher."""
    rng = np.random.default_rng(4)
    texts = [document(f"t{i}", text_vector=text_vector(3, *rng.normal(size=15))) for i in range(80)]
    pictures = [
        document(f"p{i}", None, picture=b"x", image_vector=random_unit(rng, IMAGE_DIMENSION) * 1)
        for i in range(80)
    ]
    answer = document("answer", None, picture=b"x", image_vector=image_vector(1, 0.6))
    asked = {"text_query_vector": text_vector(1), "image_query_vector": image_vector(1)}
    found = search(tmp_path, [*texts, *pictures, answer], **asked, mode="semantic")
    assert ids(found)[0] == "answer"


def test_an_index_without_vectors_answers_vector_queries_with_nothing(tmp_path):
    """An all-null column has no background and no hits."""
    assert search(tmp_path, [document("a")], mode="semantic", **EVERYTHING).hits == []


def test_a_request_without_any_query_finds_nothing(tmp_path):
    """There is no leg to run."""
    assert search(tmp_path).hits == []
