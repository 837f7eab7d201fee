"""The sum of a query's parts against the plain definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.search.query_vectors import weighted_sum

UNITS = np.random.default_rng(0).normal(size=(6, 8))
UNITS = (UNITS / np.linalg.norm(UNITS, axis=1, keepdims=True)).astype(np.float32)
parts_of = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 5)), st.integers(-5, 5)), max_size=6
)


@given(parts_of)
def test_it_points_where_the_weighted_sum_points(parts: list[tuple[int | None, int]]) -> None:
    vectors = [None if at is None else UNITS[at] for at, _ in parts]
    weights = [float(weight) for _, weight in parts]
    total = sum(
        (w * v.astype(float) for v, w in zip(vectors, weights, strict=True) if v is not None),
        np.zeros(8),
    )
    towards = any(w > 0 for v, w in zip(vectors, weights, strict=True) if v is not None)
    found = weighted_sum(vectors, weights)
    if not towards or np.linalg.norm(total) < 1e-6:
        assert found is None
        return
    assert found is not None
    assert abs(float(np.linalg.norm(found)) - 1) < 1e-5
    assert float(found @ total) / np.linalg.norm(total) > 1 - 1e-5


def test_one_vector_is_itself() -> None:
    assert np.allclose(weighted_sum([UNITS[0], None], [3.0, 1.0]), UNITS[0], atol=1e-6)
