"""Maps of namespaces: planes as by the singular value decomposition, and samples that say so."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retrieval.errors import NotFound
from retrieval.namespaces.map import MapRequest, projected
from retrieval.store import IndexReader
from retrieval.store.reading.maps import NamespaceMaps
from tests.unit.store.changed_samples import document, opened

COARSE = st.integers(-4, 4).map(float)


@given(st.integers(0, 8).flatmap(lambda n: arrays(np.float32, (n, 5), elements=COARSE)))
def test_a_plane_keeps_what_two_axes_can_keep(vectors: np.ndarray) -> None:
    """Distances in it are those of the best two axes, by one scale; the rest is told."""
    plane, explained = projected(vectors)
    assert plane.shape == (len(vectors), 2)
    if len(vectors) < 2 or not np.ptp(vectors, axis=0).any():
        assert not plane.any()
        assert explained == 1.0
        return
    assert np.abs(plane).max() == pytest.approx(1.0)
    parts = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False)
    assert explained == pytest.approx((parts[:2] ** 2).sum() / (parts**2).sum(), abs=1e-5)
    seen = np.linalg.svd(plane, compute_uv=False)
    assert seen[0] * parts[1] == pytest.approx(seen[1] * parts[0], abs=1e-4)


def test_many_directions_are_projected_as_by_the_decomposition() -> None:
    """With more than are followed: clusters as an index has them, the two widest axes apart."""
    draw = np.random.default_rng(3)
    centres = draw.normal(size=(6, 64)) * np.geomspace(4, 0.5, 64)
    vectors = (centres[draw.integers(0, 6, 500)] + draw.normal(size=(500, 64)) * 0.2).astype("f4")
    plane, explained = projected(vectors)
    left, parts, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    best = left[:, :2] * parts[:2]
    best = best / np.abs(best).max()
    np.testing.assert_allclose(np.abs(plane), np.abs(best), atol=1e-3)
    assert explained == pytest.approx((parts[:2] ** 2).sum() / (parts**2).sum(), abs=1e-4)


def test_the_same_vectors_give_the_same_plane() -> None:
    """In another order too: neither a mirror nor a turn of it."""
    vectors = np.random.default_rng(7).normal(size=(40, 6)).astype(np.float32)
    plane, _ = projected(vectors)
    turned, _ = projected(vectors[::-1])
    np.testing.assert_allclose(plane, turned[::-1], atol=1e-5)


def test_a_map_samples_and_says_of_how_many(tmp_path: Path) -> None:
    """The same documents each time, further passages none; the next write is seen at once."""

    async def run() -> None:
        store = await opened(tmp_path)
        many = [document(f"{at:03}", 3 * (at == 0), n=at, s="x" * at) for at in range(90)]
        await store.upsert("shop", [*many, document("p", picture=b"picture", n=True)])
        reader = await IndexReader.open(str(tmp_path))
        maps = NamespaceMaps(reader)
        whole = await maps.of(MapRequest("shop", None, 200, "n"))
        assert (whole.vectors, whole.documents, whole.with_vector) == ("texts", 91, 91)
        values = {point.id: point.value for point in whole.points}
        assert values == {one.id: one.metadata["n"] for one in many} | {"p": True}
        some = await maps.of(MapRequest("shop", "texts", 20, "s"))
        assert len(some.points) == 20
        again = await NamespaceMaps(reader).of(MapRequest("shop", "texts", 20, "s"))
        assert again == some
        texts = await maps.of(MapRequest("shop", "texts", 200, "s"))
        assert max(len(str(point.value)) for point in texts.points) == 81
        [pictured] = (await maps.of(MapRequest("shop", "pictures", 20))).points
        assert (pictured.id, pictured.has_picture, pictured.value) == ("p", True, None)
        await store.delete("shop", [one.id for one in many[2:]])
        left = await maps.of(MapRequest("shop", "texts", 20))
        assert {point.id for point in left.points} == {"000", "001", "p"}
        with pytest.raises(NotFound):
            await maps.of(MapRequest("nowhere", None, 20))
        await store.close()
        await reader.close()

    asyncio.run(run())
