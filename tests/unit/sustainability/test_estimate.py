"""An estimate learns what a unit takes and what a CPU second costs now."""

import json

import pytest

from sustainability.metering.estimate import Average, Coefficients, Estimator

PICTURES = ("/embed", "picture")


def test_an_estimate_is_units_times_seconds_times_joules() -> None:
    """Learnt from one settled request and one tick."""
    estimator = Estimator()
    estimator.tick(dynamic_j=12.0, cpu_s=2.0)
    estimator.settled(PICTURES, 4.0, cpu_s=2.0, elsewhere_j=0.0, energy_j=12.0, estimate_j=9.0)
    coefficients = estimator.coefficients(intensity_g_per_kwh=360.0)
    assert coefficients.energy_j("/embed", "picture", 10.0) == pytest.approx(30.0)
    assert coefficients.emissions_g(30.0) == pytest.approx(0.003)
    assert estimator.bias_ratio == pytest.approx(0.75)


def test_joules_on_an_accelerator_come_on_top() -> None:
    """They do not move with the processor's load."""
    estimator = Estimator()
    estimator.tick(10.0, 1.0)
    estimator.settled(PICTURES, 2.0, 1.0, 8.0, 18.0, 18.0)
    assert estimator.coefficients(0.0).energy_j(*PICTURES, 1.0) == pytest.approx(9.0)


def test_a_kind_never_seen_is_taken_for_the_mean_of_its_endpoint() -> None:
    """And an endpoint never seen for a guess, never for nothing."""
    coefficients = Coefficients({PICTURES: 0.5, ("/embed", "text"): 0.1}, 2.0)
    assert coefficients.energy_j("/embed", "mixed", 1.0) == pytest.approx(0.6)
    assert coefficients.energy_j("/search", "query", 1.0) > 0


def test_a_change_of_load_shows_within_seconds() -> None:
    """A minute at one price is forgotten after some ticks at another."""
    estimator = Estimator()
    for _ in range(60):
        estimator.tick(1.0, 2.0)
    for _ in range(5):
        estimator.tick(8.0, 2.0)
    assert estimator.coefficients(0.0).joules_per_cpu_s == pytest.approx(4.0, rel=0.05)


def test_an_average_without_a_pair_says_so() -> None:
    """A pair that weighs nothing is none."""
    average = Average(1.0)
    average.add(5.0, 0.0)
    assert average.ratio is None


def test_what_was_learnt_survives_a_restart() -> None:
    """Through JSON."""
    estimator, again = Estimator(), Estimator()
    estimator.tick(12.0, 2.0)
    estimator.settled(PICTURES, 4.0, 2.0, 1.0, 12.0, 9.0)
    again.restore(json.loads(json.dumps(estimator.state())))
    assert again.coefficients(1.0) == estimator.coefficients(1.0)
    assert again.bias_ratio == estimator.bias_ratio
