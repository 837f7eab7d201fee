"""How long a replica stays open for late connections: a constant of Serve, set in its process."""

import inspect
from collections.abc import Iterator

import pytest
from ray.serve._private import replica

from deployments.replica.draining import PERIOD, stay_open


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Give Serve's module back what it had."""
    before = getattr(replica, PERIOD)
    yield
    setattr(replica, PERIOD, before)


def test_a_period_is_put_in_force_and_taken_back() -> None:
    """None is what Serve read from its environment when the process began."""
    before = getattr(replica, PERIOD)
    stay_open(0.0)
    assert getattr(replica, PERIOD) == 0.0
    stay_open(None)
    assert getattr(replica, PERIOD) == before


def test_serve_reads_it_when_a_replica_goes() -> None:
    """Not once at the start: a Ray that does would have to be told another way."""
    going = inspect.getsource(replica.Replica._perform_graceful_shutdown)
    assert PERIOD in going
