"""Passages of real tokenisers: none is cut when it is encoded, and what fits is one passage."""

import pytest

from retrieval.clip.tower_protocol import PassageTower
from retrieval.clip.towers.minilm import MiniLM
from retrieval.passages.cutting import passages
from tests.sentence_models import KINDS, Made, tower_of

pytestmark = pytest.mark.model
TEXT = "A lamp of brass. Two mugs, striped ones; 東京 🏮 naïve! " * 200


def check(tower: PassageTower) -> None:
    """Cut a text, and encode what comes of it."""
    found = [
        part for block in passages(TEXT, (), tower.passage_tokens, tower.count) for part in block
    ]
    assert len(found) > 3
    prepared = tower.prepare([TEXT[start:end] for start, end in found])
    assert [item.cost for item in prepared if item.truncated] == []
    assert max(item.cost for item in prepared) <= tower.context_length


def longest(tower: PassageTower) -> int:
    """Return how many letters fit, by encoding them."""
    lengths = range(1, tower.context_length + 8)
    prepared = tower.prepare(["a " * n for n in lengths])
    return max(n for n, item in zip(lengths, prepared, strict=True) if not item.truncated)


def test_passages_of_the_shipped_model_fit() -> None:
    """To the token: one more would be cut."""
    tower = MiniLM()
    check(tower)
    assert tower.count(["a " * longest(tower)]) == [tower.passage_tokens]


@pytest.mark.parametrize("prefix", [None, "passage: "])
@pytest.mark.parametrize("kind", KINDS)
def test_passages_of_other_models_fit(made: Made, kind: str, prefix: str | None) -> None:
    """With their prefix and marks, whatever cuts their words."""
    tower = tower_of(made(kind), passage_prefix=prefix, max_tokens=40)
    assert isinstance(tower.passage_tokens, int)
    check(tower)
