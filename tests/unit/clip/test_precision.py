"""Automatic precision takes the faster one only where vectors stay what they were."""

import numpy as np

from retrieval.clip.precision import Measured, decide

UNIT = np.eye(4, dtype=np.float32)
TILTED = UNIT + 0.1 * np.roll(UNIT, 1, axis=1)


def test_bf16_is_taken_where_it_is_faster_and_close() -> None:
    """Twice as fast with the same vectors: take it, and say why."""
    choice = decide(Measured(20.0, (UNIT,)), Measured(10.0, (UNIT,)))
    assert choice.precision == "bf16"
    assert "2.00 times faster" in choice.reason


def test_fp32_stays_where_bf16_is_not_faster() -> None:
    """A gain within the noise is no gain."""
    assert decide(Measured(10.0, (UNIT,)), Measured(9.5, (UNIT,))).precision == "fp32"


def test_fp32_stays_where_bf16_changes_vectors() -> None:
    """Speed does not buy a cosine below 0.999; the worst tower decides."""
    choice = decide(Measured(20.0, (UNIT, UNIT)), Measured(1.0, (UNIT, TILTED)))
    assert choice.precision == "fp32"
    assert "changes vectors" in choice.reason


def test_vectors_that_are_not_finite_keep_fp32() -> None:
    """NaN compares with nothing; it must not slip through."""
    broken = np.full_like(UNIT, np.nan)
    assert decide(Measured(20.0, (UNIT,)), Measured(1.0, (broken,))).precision == "fp32"
