"""What is like some documents and unlike others is found as comparing all vectors would find it."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import InvalidSearch
from retrieval.filtering.parse import parse
from retrieval.search.facets import FacetOrder
from retrieval.search.request import SearchRequest
from retrieval.store import IndexReader
from tests.unit.listing.listing_samples import SHOP, both_ways
from tests.unit.retrieval.retrieval_samples import (
    IMAGE_DIMENSION,
    document,
    image_vector,
    on_index,
    random_unit,
    text_vector,
)

IDS = [one.id for one in SHOP]


def asked(like, unlike=(), **more):
    """Return a search for likeness."""
    defaults = {"namespace": "shop", "mode": "semantic", "limit": 20}
    return SearchRequest(**defaults | more, like=tuple(like), unlike=tuple(unlike))


def by_hand(like, unlike):
    """Return the ids of all others, nearest first."""
    vectors = {one.id: one.text_vector.astype(np.float64) for one in SHOP}
    wanted = np.mean([vectors[id] for id in like], axis=0)
    if unlike:
        wanted = wanted - np.mean([vectors[id] for id in unlike], axis=0)
    cosines = {id: vector @ wanted for id, vector in vectors.items() if id not in (*like, *unlike)}
    return sorted(cosines, key=lambda id: -cosines[id])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(IDS), min_size=2, max_size=6, unique=True), st.integers(1, 6))
def test_the_nearest_are_those_of_comparing_all(folder, ids, liked):
    """By the mean of the liked less the mean of the others; those named are left out."""
    like, unlike = ids[:liked], ids[liked:]
    for [found] in both_ways(folder, asked(like, unlike)):
        assert [hit.id for hit in found.hits] == by_hand(like, unlike)[:20]


def test_a_copy_of_a_document_is_the_nearest_of_its_like(tmp_path):
    """Of pictures, where texts are not compared, which is said."""
    rng = np.random.default_rng(6)
    pictures = [
        document(
            f"p{n}",
            None,
            picture=b"x",
            image_vector=random_unit(rng, IMAGE_DIMENSION),
            text_vector=text_vector(1) if n == 3 else None,
        )
        for n in range(40)
    ]
    copy = replace(pictures[5], id="copy")

    async def act(store, reader):
        on_disk = await IndexReader.open(str(tmp_path), held_bytes=0)
        request = asked(["p5"])
        mixed = asked(["p3", "p5"])
        return [[await one.search(q) for q in (request, mixed)] for one in (reader, on_disk)]

    for alone, mixed in on_index(tmp_path, [*pictures, copy], act):
        assert alone.hits[0].id == "copy"
        assert "p5" not in {hit.id for hit in alone.hits}
        assert [(said.code, said.where) for said in mixed.warnings] == [
            ("likeness_in_part", "like.1")
        ]


def test_a_filter_holds_and_facets_count_what_it_takes(folder):
    """Also the documents that were named: they are left out of the results alone."""
    node = parse({"field": "source", "op": "eq", "value": "STM"})
    stm = sum(one.source == "STM" for one in SHOP)
    like = [one.id for one in SHOP if one.source == "STM"][:1]
    request = asked(like, filter=node, facets=(FacetOrder("source"),), limit=1000)
    for [found] in both_ways(folder, request):
        assert {hit.source for hit in found.hits} == {"STM"}
        assert len(found.hits) == stm - 1
        assert found.facets[0].values == (("STM", stm),)


@pytest.mark.parametrize(
    ("like", "unlike", "where"),
    [
        (["d000", "nobody"], [], "like.1"),
        (["d000"], ["nobody"], "unlike.0"),
        (["d000"], ["d000"], "unlike"),
        (["\ud800"], [], "like.0"),
    ],
)
def test_what_leads_nowhere_is_refused(folder, like, unlike, where):
    """Absent documents, and those that cancel each other out."""
    with pytest.raises(InvalidSearch) as refused:
        both_ways(folder, asked(like, unlike))
    assert refused.value.where == where


def test_documents_without_a_modality_in_common_are_refused(tmp_path):
    """A text beside a picture, and one that was not encoded at all."""
    documents = [
        document("text", text_vector=text_vector(1)),
        document("picture", None, picture=b"x", image_vector=image_vector(1)),
        document("neither"),
    ]

    async def act(store, reader):
        asks = (asked(["text", "picture"]), asked(["neither"]))
        return await asyncio.gather(*map(reader.search, asks), return_exceptions=True)

    mixed, neither = on_index(tmp_path, documents, act)
    assert (mixed.where, neither.where) == ("like.1", "like.0")


def test_likeness_that_makes_no_sense_is_refused():
    """Only unlike, of words, or of too many."""
    for request in (
        {"like": (), "unlike": ["a"]},
        {"like": ["a"], "mode": "hybrid"},
        {"like": ["a"] * 101},
    ):
        with pytest.raises(InvalidSearch):
            asked(**request)
