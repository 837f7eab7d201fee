"""What a picture costs is what was measured here, or follows from it."""

from pathlib import Path

import pytest

from deployments.checking.model_sizes import ModelSize
from deployments.preflight.model_costs import FILE, PictureCost, cost_of, keep, measured

SIZES = {
    name: ModelSize(1, 1, "1x1", gmac)
    for name, gmac in (("small", 1.0), ("middle", 10.0), ("large", 40.0), ("unknown", None))
}


def test_a_measurement_is_kept_with_others_of_the_same_machine(tmp_path: Path) -> None:
    """A home that was carried to another machine says nothing of it."""
    keep(tmp_path, "here", "small", 1.23456)
    keep(tmp_path, "here", "large", 40)
    assert measured(tmp_path, "here") == {"small": 1.235, "large": 40}
    assert measured(tmp_path, "elsewhere") == {}


@pytest.mark.parametrize("written", ["", "{", "[]", '{"here": 1}', '{"here": {"a": []}}'])
def test_a_file_that_cannot_be_read_is_as_if_nothing_was_measured(
    tmp_path: Path, written: str
) -> None:
    """And the next measurement replaces it."""
    (tmp_path / FILE).write_text(written)
    assert measured(tmp_path, "here") == {}
    keep(tmp_path, "here", "small", 1)
    assert measured(tmp_path, "here") == {"small": 1}


def test_an_estimate_follows_the_operations_of_the_nearest_measured_model() -> None:
    """Nearest by their ratio."""
    known = {"small": 3.0, "large": 80.0}
    assert cost_of("small", known, SIZES) == PictureCost(3.0, True)
    # 10 is 10 times 1 and a quarter of 40.
    assert cost_of("middle", known, SIZES) == PictureCost(20.0, False)
    assert cost_of("middle", {"small": 3.0}, SIZES) == PictureCost(30.0, False)


def test_nothing_is_estimated_from_nothing() -> None:
    """Neither of a model whose operations are unknown, nor by one."""
    assert cost_of("middle", {}, SIZES) is None
    assert cost_of("unknown", {"small": 3.0}, SIZES) is None
    assert cost_of("of nobody", {"small": 3.0}, SIZES) is None
    assert cost_of("middle", {"unknown": 3.0, "brainwav-demo": 1.0}, SIZES) is None
