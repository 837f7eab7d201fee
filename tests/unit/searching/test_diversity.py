"""Maximal marginal relevance against its definition, and searches in which it is asked for."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InvalidSearch
from retrieval.search.diversity import likeness_of, marginal_order
from retrieval.search.order import SortKey
from retrieval.search.request import SearchRequest
from retrieval.store.reading.reader import IndexReader
from tests.unit.retrieval.retrieval_samples import TEXT_DIMENSION, document, on_index
from tests.unit.retrieval.search_samples import CATALOGUE, TEXT_QUERY, ids


def by_definition(scores: list[float], likeness: np.ndarray, diversity: float) -> list[int]:
    """Try every hit that is left for every place; the first of equal ones."""
    order: list[int] = []
    while len(order) < len(scores):
        best, chosen = -np.inf, -1
        for at in range(len(scores)):
            if at in order:
                continue
            near = max((likeness[at, before] for before in order), default=0.0)
            gain = (1 - diversity) * scores[at] / max(scores) - diversity * near
            if gain > best + 1e-9:
                best, chosen = gain, at
        order.append(chosen)
    return order


@given(
    scores=st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=9),
    diversity=st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]),
    seed=st.integers(0, 99),
)
def test_each_next_hit_is_the_best_by_the_definition(
    scores: list[float], diversity: float, seed: int
) -> None:
    scores = sorted(scores, reverse=True)
    units = np.random.default_rng(seed).integers(0, 3, size=(len(scores), 3)) + 0.01
    units = units / np.linalg.norm(units, axis=1, keepdims=True)
    likeness = likeness_of([(np.arange(len(scores)), units)], len(scores))
    found = marginal_order(np.array(scores), likeness, diversity)
    assert found.tolist() == by_definition(scores, likeness, diversity)
    if diversity == 0.0:
        assert found.tolist() == list(range(len(scores)))


def test_vectors_of_two_spaces_are_not_compared() -> None:
    """A text and a picture are unlike; two that have both count by what is most alike."""
    one = np.array([[1.0, 0.0], [0.0, 1.0]])
    other = np.array([[1.0, 0.0], [1.0, 0.0]])
    alike = likeness_of([(np.array([0, 1]), one), (np.array([1, 2]), other)], 3)
    assert alike.tolist() == [[1, 0, 0], [0, 1, 1], [0, 1, 1]]


def near(text: str, towards: float, seed: int):
    """A document that is so near to the query, and otherwise goes its own way."""
    own = np.random.default_rng(seed).normal(size=TEXT_DIMENSION)
    own -= (own @ TEXT_QUERY) * TEXT_QUERY
    vector = towards * TEXT_QUERY + np.sqrt(1 - towards**2) * own / np.linalg.norm(own)
    return document(text, text, text_vector=vector.astype(np.float32))


SHELF = [near(f"copy{n}", 0.9, 11) for n in range(3)] + [
    near("other", 0.8, 12),
    near("far", 0.5, 13),
]


def searched(folder: Path, documents=SHELF, held_bytes: int | None = None, **request):
    async def act(store, reader):
        fresh = await IndexReader.open(str(folder), held_bytes=held_bytes)
        return await fresh.search(SearchRequest("shop", **request))

    return on_index(folder, documents, act)


@pytest.mark.parametrize("held_bytes", [None, 0])
def test_copies_do_not_fill_the_first_places(tmp_path: Path, held_bytes: int | None) -> None:
    """In memory and on the table; the scores are those of the query."""
    asked = {"text_query_vector": TEXT_QUERY, "mode": "semantic", "held_bytes": held_bytes}
    plain = searched(tmp_path / "plain", **asked)
    assert ids(plain) == ["copy0", "copy1", "copy2", "other", "far"]
    diverse = searched(tmp_path / "diverse", diversity=0.5, **asked)
    assert ids(diverse)[:2] == ["copy0", "other"]
    assert sorted(ids(diverse)) == sorted(ids(plain))
    assert {hit.id: hit.score for hit in diverse.hits} == pytest.approx(
        {hit.id: hit.score for hit in plain.hits}
    )
    assert diverse.warnings == plain.warnings


def test_pages_are_slices_of_one_list(tmp_path: Path) -> None:
    """Whatever page is asked for."""
    asked = {"text_query_vector": TEXT_QUERY, "query_text": "mug", "diversity": 0.7}
    whole = searched(tmp_path / "whole", CATALOGUE, limit=40, **asked)
    parts = [
        id
        for at in (0, 10, 20, 30)
        for id in ids(searched(tmp_path / f"part{at}", CATALOGUE, limit=10, offset=at, **asked))
    ]
    assert parts == ids(whole)


def test_what_has_no_vector_is_told(tmp_path: Path) -> None:
    result = searched(tmp_path, CATALOGUE, query_text="mug", mode="keyword", diversity=0.5)
    [said] = [one for one in result.warnings if one.code == "diversity_in_part"]
    without = [d for d in CATALOGUE if d.text_vector is None and d.image_vector is None]
    assert said.message.startswith(f"{len(without)} results have no vector")


@pytest.mark.parametrize(
    "wrong",
    [
        {"diversity": 1.5},
        {"diversity": -0.1},
        {"diversity": float("nan")},
        {"diversity": 0.5, "sort": (SortKey("id"),)},
        {"diversity": 0.5, "mode": "filter"},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict) -> None:
    query = {} if wrong.get("mode") == "filter" else {"query_text": "mug"}
    with pytest.raises(InvalidSearch) as refused:
        SearchRequest("shop", **query, **wrong)
    assert refused.value.where == "diversity"
