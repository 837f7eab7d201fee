"""Each tower gets the cheapest precision that the gate lets pass, or keeps its own."""

from collections.abc import Iterator

import numpy as np
import pytest

from deployments.encoding import cheap_precision
from deployments.encoding.cheap_precision import find_cheap
from tests.towers import fake_encoder

COST_S = {"exact": 1.0, "int8": 0.25, "bf16": 0.5}


class Tower:
    """Gives a picture's or a text's own vector, with an error of its precision."""

    def __init__(self, name: str, precision: str, error: float, clock: "Clock") -> None:
        self.name, self.precision, self._error, self._clock = name, precision, error, clock

    def prepare(self, what):
        return list(what) if isinstance(what, list) else what

    def encode(self, batch) -> np.ndarray:
        self._clock.s += COST_S[self.precision]
        rows = []
        for item in batch:
            rng = np.random.default_rng(abs(hash(item)) % 2**32)
            rows.append(rng.normal(size=64) + self._error * rng.normal(size=64))
        return np.array(rows)


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


class Towers:
    """Three towers in one precision; texts of one space share a tower."""

    def __init__(self, precision: str, errors: dict[str, float], clock: Clock, one: bool) -> None:
        self.picture = Tower("picture", precision, errors.get("picture", 0.0), clock)
        self.text = Tower("text", precision, errors.get("text", 0.0), clock)
        joint = Tower("joint_text", precision, errors.get("joint_text", 0.0), clock)
        self.joint_text = self.text if one else joint


@pytest.fixture
def lower(monkeypatch) -> Iterator[dict[str, Towers]]:
    found: dict[str, Towers] = {}
    monkeypatch.setattr(cheap_precision, "_lower", lambda encoder, precision: found)
    return found


def test_the_cheapest_that_passes_is_taken(lower) -> None:
    """Tower by tower: what spoils one is good enough for another."""
    clock = Clock()
    lower["int8"] = Towers("int8", {"text": 0.5}, clock, one=False)
    lower["bf16"] = Towers("bf16", {}, clock, one=False)
    cheap = find_cheap(Towers("exact", {}, clock, one=False), "fp32", clock)  # type: ignore[arg-type]
    chosen = cheap.encoder
    precisions = [tower.precision for tower in (chosen.picture, chosen.text, chosen.joint_text)]
    assert precisions == ["int8", "bf16", "int8"]
    assert "picture int8 4.00 times cheaper" in cheap.reason


def test_towers_of_one_space_stay_one(lower) -> None:
    """Or the same text would have two vectors."""
    clock = Clock()
    lower["bf16"] = Towers("bf16", {"picture": 0.5}, clock, one=True)
    exact = Towers("exact", {}, clock, one=True)
    chosen = find_cheap(exact, "fp32", clock).encoder  # type: ignore[arg-type]
    assert chosen.text is chosen.joint_text
    assert chosen.picture is exact.picture
    assert chosen.one_space


def test_where_nothing_passes_all_is_kept_and_said(lower) -> None:
    """With the figures that the gate refused."""
    clock = Clock()
    errors = {"picture": 0.5, "text": 0.5}
    lower["int8"] = Towers("int8", errors, clock, one=True)
    cheap = find_cheap(Towers("exact", {}, clock, one=True), "bf16", clock)  # type: ignore[arg-type]
    assert cheap.encoder is None
    assert cheap.reason.count("kept, refused: int8 4.00 times cheaper, mean cosine 0.") == 2


def test_what_saves_next_to_nothing_is_not_taken(lower, monkeypatch) -> None:
    """A tenth at least: less is within the noise."""
    monkeypatch.setitem(COST_S, "bf16", 0.95)
    clock = Clock()
    lower["bf16"] = Towers("bf16", {}, clock, one=True)
    assert find_cheap(Towers("exact", {}, clock, one=True), "fp32", clock).encoder is None  # type: ignore[arg-type]


def test_a_real_encoder_is_quantised_on_a_cpu() -> None:
    """Only there; and in bf16 it need not be tried again."""
    assert set(cheap_precision._lower(fake_encoder(), "fp32")) == {"int8", "bf16"}
    assert set(cheap_precision._lower(fake_encoder(), "bf16")) == {"int8"}
