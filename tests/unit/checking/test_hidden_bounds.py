"""A bound that another one hides is told: nobody would ever meet it."""

from typing import Any

import pytest

from deployments.checking import config
from tests.changed_configuration import ARGS, EMBEDDER, INGRESS, SEARCH, SHIPPED, of, with_value

LIMITS, OVERLOAD = of(INGRESS, "user_config.limits"), of(INGRESS, "user_config.overload")
BIG = 2**40


def told(place: str, value: Any) -> list[str]:
    return list(config.check(with_value(place, value)))


@pytest.mark.parametrize(
    ("place", "value", "other"),
    [
        (f"{LIMITS}.max_small_body_bytes", BIG, "max_body_bytes"),
        (f"{LIMITS}.max_picture_body_bytes", BIG, "max_body_bytes"),
        (f"{LIMITS}.max_picture_bytes", BIG, "max_body_bytes"),
        (f"{OVERLOAD}.max_concurrent_per_client", 1001, "max_concurrent_requests"),
        (f"{OVERLOAD}.max_body_bytes_per_client", BIG, "max_body_bytes_at_once"),
        (f"{OVERLOAD}.body_pause_s", 61, "body_deadline_s"),
        (f"{OVERLOAD}.body_deadline_s", 151, "request_deadline_s"),
        (f"{OVERLOAD}.request_deadline_s", 601, "request_timeout_s"),
        (of(INGRESS, "user_config.read_deadline_s"), 151, "request_deadline_s"),
        (of(INGRESS, "user_config.write_deadline_s"), 151, "request_deadline_s"),
        (of(EMBEDDER, "user_config.max_background_items"), 33, "max_batch_items"),
        (f"{ARGS}.http.connections.most_per_source", 8193, "connections.most"),
        (of(SEARCH, "user_config.max_concurrent_searches"), 65, "max_ongoing_requests"),
    ],
)
def test_a_bound_above_the_one_around_it_is_told(place: str, value: float, other: str) -> None:
    """One less passes, where both are the shipped configuration's."""
    [found] = told(place, value)
    assert found.startswith(f"{place}: ")
    assert other in found
    if value != BIG:
        assert told(place, value - 1) == []


def test_a_default_that_is_hidden_is_nobodys_mistake() -> None:
    """Who lowers the cap of all bodies means smaller ones too."""
    assert told(f"{LIMITS}.max_body_bytes", 1024 * 1024) == []
    assert told(f"{ARGS}.http.connections.most", 100) == []


def test_what_can_never_fit_is_told() -> None:
    """A body over all memory for bodies, a write over the writer's queue: refused for ever."""
    [found] = told(f"{OVERLOAD}.max_body_bytes_at_once", 2**20)
    assert found.startswith(f"{OVERLOAD}.max_body_bytes_at_once: ")
    place = of(5, "user_config.max_waiting_documents")
    [found] = told(place, 999)
    assert found.startswith(f"{place}: ")
    assert "max_documents (1000)" in found
    assert told(place, 1000) == []


def test_what_is_broken_is_told_once() -> None:
    """A bound that is no number is not compared."""
    changed = with_value(f"{OVERLOAD}.max_concurrent_requests", "many")
    [found] = config.check(changed)
    assert "valid integer" in found
    assert list(config.check(SHIPPED)) == []
