"""Copies on several replicas never let a total fall, whatever the hub and the network take."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.gateway.metrics_copy import MetricsCopy

PERIOD_S = 1.0


class Hub:
    """Tells a number that grows with time, a new one each period."""

    def __init__(self) -> None:
        self.s = 0.0
        self.calls = 0

    def text(self, known: str) -> tuple[str, bytes | None, float]:
        self.calls += 1
        period = int(self.s // PERIOD_S)
        version = str(period)
        left_s = (period + 1) * PERIOD_S - self.s
        return version, None if version == known else version.encode(), left_s


def get(copy: MetricsCopy, hub: Hub, there_s: float = 0.0, back_s: float = 0.0) -> int:
    async def ask(known: str) -> tuple[str, bytes | None, float]:
        hub.s += there_s
        told = hub.text(known)
        hub.s += back_s
        return told

    return int(asyncio.run(copy.get(ask)))


def test_the_hub_is_asked_once_a_period() -> None:
    """However often scrapers come."""
    hub = Hub()
    copy = MetricsCopy(lambda: hub.s)
    for _ in range(10):
        get(copy, hub)
        hub.s += 0.05
    assert hub.calls == 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.floats(0, 1.5), st.floats(0, 1.5), st.floats(0, 1.5)),
        max_size=40,
    )
)
def test_no_total_falls_between_replicas(scrapes: list[tuple[int, float, float, float]]) -> None:
    """One scraper, any replica each time, any delay on the way there and back."""
    hub = Hub()
    copies = [MetricsCopy(lambda: hub.s) for _ in range(3)]
    last = 0
    for which, pause_s, there_s, back_s in scrapes:
        hub.s += pause_s
        told = get(copies[which], hub, there_s, back_s)
        assert told >= last
        last = told


def test_a_hub_that_is_away_is_told_once_the_copy_has_run_out() -> None:
    """Old numbers are not shown as if they were new."""
    hub = Hub()
    copy = MetricsCopy(lambda: hub.s)
    get(copy, hub)

    async def away(known: str) -> tuple[str, bytes | None, float]:
        raise ConnectionError("the hub is away")

    asyncio.run(copy.get(away))
    hub.s += PERIOD_S
    with pytest.raises(ConnectionError):
        asyncio.run(copy.get(away))
