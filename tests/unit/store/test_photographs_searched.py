"""Photographs beside drawn pictures: neither kind drowns the other, and the answer says so."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from retrieval.documents import Vector
from retrieval.photograph_mark import EMPTY, IDENTITY, marked
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.store import Fingerprint, IndexReader, IndexStore
from tests.unit.retrieval.retrieval_samples import document

DIMENSION = 384
DRAWN = Fingerprint("MiniLM", "brainwav-demo", DIMENSION, DIMENSION, "fp32", True)
BOTH = replace(DRAWN, image_model=DRAWN.image_model + IDENTITY)
RNG = np.random.default_rng(11)


def _unit(vector: Vector) -> Vector:
    vector[EMPTY] = 0
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _near(target: Vector, cosine: float) -> Vector:
    other = _unit(RNG.normal(size=DIMENSION))
    aside = _unit(other - (other @ target) * target)
    return _unit(cosine * target + np.sqrt(1 - cosine**2) * aside)


DOG, MUG = _unit(RNG.normal(size=DIMENSION)), _unit(RNG.normal(size=DIMENSION))


def _drawn(number: int) -> Vector:
    """A mug for the first three, what is near to no word for the rest."""
    return _near(MUG, 0.28) if number < 3 else _unit(RNG.normal(size=DIMENSION))


def _photograph(number: int) -> Vector:
    """A dog for the first three; every photograph has something in common with every word."""
    meaning = _near(DOG, 0.65) if number < 3 else _near(_unit(DOG + MUG), 0.45)
    return marked(meaning[None], np.ones(1, np.float32))[0]


PICTURES = {f"drawn-{n}": _drawn(n) for n in range(60)} | {
    f"photograph-{n}": _photograph(n) for n in range(60)
}


def _search(
    folder, fingerprint: Fingerprint, query: Vector, ids: str = "", held_bytes: int | None = None
) -> SearchResult:
    async def run() -> SearchResult:
        store = await IndexStore.open(str(folder))
        await store.claim(fingerprint)
        chosen = {id: vector for id, vector in PICTURES.items() if id.startswith(ids)}
        await store.upsert("n", [document(id, "seen", image_vector=v) for id, v in chosen.items()])
        reader = await IndexReader.open(str(folder), held_bytes=held_bytes)
        return await reader.search(
            SearchRequest("n", image_query_vector=query, mode="semantic", limit=5)
        )

    return asyncio.run(run())


@pytest.mark.parametrize("held_bytes", [0, None])
@pytest.mark.parametrize(("query", "kind"), [(DOG, "photograph"), (MUG, "drawn")])
def test_what_fits_comes_first_and_stands_out_whatever_its_kind(tmp_path, held_bytes, query, kind):
    """In memory and from the table; 0 is what luck gives in each kind."""
    found = _search(tmp_path, BOTH, query, held_bytes=held_bytes)
    assert {hit.id for hit in found.hits[:3]} == {f"{kind}-{n}" for n in range(3)}
    assert all(hit.semantic_score > 0 for hit in found.hits[:3])


def test_an_answer_over_photographs_says_what_they_are_known_by(tmp_path):
    """Also where no photograph was found: they were searched."""
    told = [warning.code for warning in _search(tmp_path, BOTH, MUG).warnings]
    assert told == ["recognises_common_things_only"]


def test_nothing_is_said_of_drawn_pictures(tmp_path):
    """The model was made for them."""
    assert _search(tmp_path, BOTH, MUG, "drawn").warnings == ()


def test_an_index_of_another_model_marks_nothing(tmp_path):
    """Its vectors may be large anywhere."""
    told = [warning.code for warning in _search(tmp_path, DRAWN, MUG).warnings]
    assert told == ["nothing_relevant"]
