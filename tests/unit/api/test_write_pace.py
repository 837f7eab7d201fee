"""How long a write will take follows how long writes took."""

from dataclasses import dataclass

import pytest

from api.write_pace import FIRST_S, REMEMBERED_UNITS, WritePace, units_of


@dataclass
class Parts:
    text: str | None = None
    picture: bytes | None = None


def test_work_is_counted_in_passages() -> None:
    """A text by its thousands of characters, a picture as four."""
    assert units_of([Parts("a" * 1000), Parts("a" * 1001)]) == 3.0
    assert units_of([Parts("a", b"p"), Parts(picture=b"p")]) == 9.0


def test_nothing_measured_is_a_guess() -> None:
    """Until a write says better."""
    assert WritePace().expected_s(100.0) == pytest.approx(100 * FIRST_S)


def test_a_large_write_says_all_and_a_small_one_nothing() -> None:
    """What a request costs by itself is no measure of its texts."""
    pace = WritePace()
    pace.learn(REMEMBERED_UNITS, 200.0)
    assert pace.expected_s(REMEMBERED_UNITS) == pytest.approx(200.0)
    for _ in range(1000):
        pace.learn(1.0, 5.0)
    assert pace.expected_s(REMEMBERED_UNITS) == pytest.approx(200.0)
    pace.learn(REMEMBERED_UNITS / 2, 0.0)
    assert pace.expected_s(REMEMBERED_UNITS) == pytest.approx(100.0)
