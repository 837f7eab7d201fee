"""Probabilities are the model's own: by its scale and bias, for pairs that it was trained on."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.logits import TrainedLogits
from retrieval.zero_shot import mean_of_units, scores, sentences

SOFTMAX, SIGMOID = TrainedLogits(100.0), TrainedLogits(112.0, -16.5)
cosines = st.lists(st.floats(-1, 1), min_size=1, max_size=30)


@given(cosines)
def test_softmax_is_the_share_of_each_candidate(values: list[float]) -> None:
    """Beside the formula, written out; together they are one."""
    made = SOFTMAX.probabilities(np.array(values))
    most = max(values)
    parts = [math.exp(100 * (value - most)) for value in values]
    assert made == pytest.approx([part / sum(parts) for part in parts])
    assert sum(made) == pytest.approx(1)


@given(cosines)
def test_sigmoid_judges_each_candidate_by_itself(values: list[float]) -> None:
    """Beside the formula, written out; others change nothing."""
    made = SIGMOID.probabilities(np.array(values))
    expected = [1 / (1 + math.exp(-(112 * value - 16.5))) for value in values]
    assert made == pytest.approx(expected)
    assert made[0] == SIGMOID.probabilities(np.array(values[:1]))[0]


def test_a_scale_beyond_all_numbers_overflows_nowhere() -> None:
    """The nearest candidate has it all."""
    made = TrainedLogits(1e6).probabilities(np.array([0.5, -0.5]))
    assert made.tolist() == [1.0, 0.0]
    assert TrainedLogits(1e6, 0.0).probabilities(np.array([0.5, -0.5])).tolist() == [1.0, 0.0]


@given(cosines, st.integers(1, 40))
def test_scores_are_best_first_and_ties_keep_their_order(values: list[float], limit: int) -> None:
    """As sorting by hand does; a limit cuts the list and changes no probability."""
    crossed = [True] * len(values)
    found = scores(values, crossed, SOFTMAX, limit)
    order = sorted(range(len(values)), key=lambda at: (-values[at], at))
    assert [score.candidate for score in found] == order[:limit]
    assert found == scores(values, crossed, SOFTMAX)[:limit]


def test_pairs_of_one_kind_have_no_probability() -> None:
    """Those of two kinds share it among themselves."""
    first, second, third = scores([0.3, 0.2, 0.1], [True, False, True], SOFTMAX)
    assert second.probability is None
    assert (first.probability or 0) + (third.probability or 0) == pytest.approx(1)


def test_a_model_without_a_scale_has_no_probabilities() -> None:
    """None is invented."""
    assert [score.probability for score in scores([0.3, 0.2], [True, True], None)] == [None, None]


def test_a_candidate_in_several_sentences_is_their_mean() -> None:
    """Of length one."""
    assert sentences("dog", ["a {}", "{} and {}"]) == ["a dog", "dog and dog"]
    assert sentences("dog", []) == ["dog"]
    mean = mean_of_units(np.array([[1, 0], [0, 1]], np.float64))
    assert mean == pytest.approx([math.sqrt(0.5)] * 2)
    assert mean_of_units(np.array([[1, 0], [-1, 0]], np.float64)).tolist() == [0, 0]
