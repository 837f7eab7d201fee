"""Calibration: two spaces on one scale, and no credit for luck."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.search.calibration import (
    PRIOR_CENTRE,
    SAMPLE_ROWS,
    background,
    calibrate,
    noise_maximum,
)

DIMENSION = 64


def unit(rng, rows):
    """Return random unit vectors."""
    vectors = rng.normal(size=(rows, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def space(rng, query, rows, centre, spread):
    """Return unit vectors whose cosines with ``query`` have this centre and spread."""
    cosines = np.clip(rng.normal(centre, spread, size=rows), -0.99, 0.99)
    return np.array([at_cosine(rng, query, cosine) for cosine in cosines], np.float32)


def at_cosine(rng, query, cosine):
    """Return a unit vector at exactly this cosine to ``query``."""
    other = rng.normal(size=DIMENSION)
    other -= (other @ query) * query
    other /= np.linalg.norm(other)
    return (cosine * query + np.sqrt(1 - cosine**2) * other).astype(np.float32)


def best_score(query, stored):
    """Return the calibrated score of the nearest of ``stored``, its first 512 the sample."""
    calibration = calibrate(query, stored[:512], len(stored))
    return calibration.score(float((stored @ query).max()))


def test_texts_do_not_drown_pictures():
    """A picture that fits (0.30 among 0.18 +- 0.03) beats texts that miss (best about 0.35)."""
    rng = np.random.default_rng(1)
    query = unit(rng, 1)[0]
    texts = space(rng, query, 3000, 0.05, 0.09)
    pictures = np.vstack([space(rng, query, 1000, 0.18, 0.03), at_cosine(rng, query, 0.36)[None]])
    assert (texts @ query).max() > 0.3
    assert best_score(query, pictures) > best_score(query, texts) + 1


def test_pictures_do_not_drown_texts():
    """A text that fits beats pictures that miss, though their raw cosines are high."""
    rng = np.random.default_rng(2)
    query = unit(rng, 1)[0]
    texts = np.vstack([space(rng, query, 1000, 0.05, 0.09), at_cosine(rng, query, 0.7)[None]])
    pictures = space(rng, query, 3000, 0.75, 0.02)
    assert (pictures @ query).max() > 0.8
    assert best_score(query, texts) > best_score(query, pictures) + 1


@pytest.mark.parametrize("pictures", [10, 100, 3000])
def test_a_query_that_fits_no_picture_puts_a_text_first(pictures):
    """The best of many misses gets no credit for being the best of many."""
    rng = np.random.default_rng(3)
    for _ in range(10):
        query = unit(rng, 1)[0]
        texts = np.vstack([space(rng, query, 50, 0.05, 0.09), at_cosine(rng, query, 0.65)[None]])
        missing = space(rng, query, pictures, 0.2, 0.03)
        assert best_score(query, texts) > best_score(query, missing)


def test_a_large_leg_of_misses_does_not_beat_a_small_one():
    """Where nothing fits, both legs stand near 0 whatever their size."""
    rng = np.random.default_rng(4)
    query = unit(rng, 1)[0]
    scores = [
        np.mean([best_score(query, space(rng, query, rows, 0.1, 0.05)) for _ in range(30)])
        for rows in (100, 2000)
    ]
    assert scores == pytest.approx([0, 0], abs=0.5)


def test_many_fitting_pictures_do_not_count_as_noise():
    """In a catalogue where one in ten fits, those still stand far above the rest."""
    rng = np.random.default_rng(5)
    query = unit(rng, 1)[0]
    stored = np.vstack([space(rng, query, 50, 0.7, 0.02), space(rng, query, 450, 0.1, 0.05)])
    assert best_score(query, stored) > 3


@given(st.integers(0, 600), st.integers(0, 100_000), st.floats(-1, 1), st.floats(-1, 1))
def test_within_a_leg_the_score_rises_with_the_cosine(rows, population, one, other):
    """With one leg in use, the calibrated order is the order by cosine."""
    rng = np.random.default_rng(rows)
    calibration = calibrate(unit(rng, 1)[0], unit(rng, rows), population)
    scores = calibration.score(min(one, other)), calibration.score(max(one, other))
    assert np.isfinite(scores).all()
    assert scores[0] <= scores[1]


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_within_a_leg_the_score_is_affine(one, other, share):
    """Min-max fusion cannot notice that a single leg was calibrated."""
    rng = np.random.default_rng(0)
    score = calibrate(unit(rng, 1)[0], unit(rng, 100), 1000).score
    between = score(share * one + (1 - share) * other)
    assert between == pytest.approx(share * score(one) + (1 - share) * score(other), abs=1e-6)


@pytest.mark.parametrize("rows", [0, 1, 2, 50])
def test_a_constant_sample_divides_by_nothing_wrong(rows):
    """A background without spread borrows the prior's."""
    query = np.eye(DIMENSION, dtype=np.float32)[0]
    calibration = calibrate(query, np.tile(query, (rows, 1)), rows)
    assert np.isfinite(calibration.score(0.5))
    assert calibration.spread > 0


def test_a_few_documents_cannot_shrink_the_spread_to_nothing():
    """Two nearly equal pictures must not make a third look like a sensation."""
    query = np.eye(DIMENSION, dtype=np.float32)[0]
    rng = np.random.default_rng(0)
    close = np.array([at_cosine(rng, query, 0.2), at_cosine(rng, query, 0.201)])
    assert abs(calibrate(query, close, 2).score(0.25)) < 1.5


def test_the_background_is_measured_on_its_lower_half():
    """Outliers above the median leave centre and spread alone."""
    cosines = np.linspace(-0.1, 0.1, 101)
    lifted = np.where(cosines > 0.05, 0.9, cosines)
    assert background(lifted) == pytest.approx(background(cosines))


@pytest.mark.parametrize("population", [2, 10, 1000])
def test_the_noise_maximum_is_what_simulation_gives(population):
    """Blom's quantile against 2000 draws."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(2000, population)).max(axis=1).mean()
    assert noise_maximum(population) == pytest.approx(drawn, abs=0.06)


def test_one_value_or_none_has_no_lucky_maximum():
    """The mean of a single draw is 0."""
    assert noise_maximum(0) == noise_maximum(1) == 0


def small_leg(query, *cosines):
    """Return the score of each document of a leg that has these cosines and no other."""
    rng = np.random.default_rng(len(cosines))
    stored = np.array([at_cosine(rng, query, cosine) for cosine in cosines])
    calibration = calibrate(query, stored, len(stored))
    return [float(calibration.score(cosine)) for cosine in cosines]


QUERY = np.eye(DIMENSION, dtype=np.float32)[0]


@pytest.mark.parametrize("texts", [(0.0,), (0.0, 0.05), (0.1, 0.0, -0.05)])
@pytest.mark.parametrize("pictures", [(1.0,), (1.0, 0.9), (1.0, 1.0, 1.0)])
def test_of_a_few_documents_one_that_fits_beats_one_that_does_not(texts, pictures):
    """A document is not its own background: in either leg, at every small size of both."""
    assert min(small_leg(QUERY, *pictures)) > max(small_leg(QUERY, *texts)) + 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(-1, 1), st.floats(-1, 1))
def test_two_legs_of_one_document_are_ordered_by_cosine(one, other):
    """Nothing else is known of either."""
    scores = small_leg(QUERY, min(one, other)) + small_leg(QUERY, max(one, other))
    assert scores[0] <= scores[1] + 1e-5


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 3), st.floats(-0.99, 0.98))
def test_the_prior_is_forgotten_as_documents_come(seed, centre):
    """Of a full sample it moves the centre by less than a ten-thousandth of the way."""
    rng = np.random.default_rng(seed)
    sample = np.array([at_cosine(rng, QUERY, centre) for _ in range(SAMPLE_ROWS)])
    moved = calibrate(QUERY, sample, SAMPLE_ROWS).centre - centre
    assert abs(moved) <= abs(PRIOR_CENTRE - centre) / 10_000 + 1e-6


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40))
def test_the_background_is_made_of_medians(cosines):
    """To the last digit those of numpy, of even and of odd numbers of cosines."""
    values = np.array(cosines)
    centre, variance = background(values)
    assert centre == np.median(values)
    below = centre - values[values <= centre]
    assert variance == float(1.4826 * np.median(below)) ** 2
