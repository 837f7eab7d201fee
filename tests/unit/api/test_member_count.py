"""Members of a body are counted in few steps, and exactly."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bodies.member_count import AT_ONCE, member_count
from api.bodies.turns import Turns
from tests.unit.api.json_content import CONTENT


def obvious(value: Any) -> int:
    """Count one by one."""
    if isinstance(value, dict):
        return len(value) + sum(obvious(inner) for inner in value.values())
    return sum(obvious(inner) for inner in value) if isinstance(value, list) else 0


@settings(deadline=None)
@given(CONTENT | st.lists(CONTENT))
def test_every_member_is_counted_once(content: Any) -> None:
    """However deep it lies."""
    assert asyncio.run(member_count(content)) == obvious(content)


def test_more_containers_than_are_looked_at_together_are_all_counted() -> None:
    """The rest waits for the next step."""
    content = {"a": [{"b": [1, {}]} for _ in range(3 * AT_ONCE + 1)]}
    assert asyncio.run(member_count(content)) == 3 * AT_ONCE + 2


def test_a_step_is_taken_for_many_objects_and_not_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asking after each of 90,000 takes longer than looking at it."""
    steps = []

    async def step(turns: Turns) -> None:
        steps.append(turns)

    monkeypatch.setattr(Turns, "step", step)
    assert asyncio.run(member_count({"inputs": [{"a": 1}] * 90_000})) == 90_001
    assert len(steps) <= 100
