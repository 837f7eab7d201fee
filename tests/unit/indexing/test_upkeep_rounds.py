"""Rounds of upkeep: every namespace has its turn, whatever is wrong with another."""

import asyncio

import pytest

from deployments.indexing.maintenance_rounds import UpkeepRounds
from retrieval.errors import NotFound, WriterReplaced
from retrieval.store.writing.maintenance_run import MaintenanceReport


class Store:
    """Three namespaces, of which some raise."""

    def __init__(self, **raising: Exception) -> None:
        self.raising = raising
        self.replaced: Exception | None = None
        self.visited: list[str] = []

    async def check(self) -> None:
        if self.replaced is not None:
            raise self.replaced

    async def namespaces(self) -> list[str]:
        return ["a", "b", "c"]

    async def maintain(self, namespace: str, spared: bool = False) -> MaintenanceReport:
        self.visited.append(namespace)
        if namespace in self.raising:
            raise self.raising[namespace]
        return MaintenanceReport(namespace, ("optimize",), 1)


def rounds_of(store: Store) -> tuple[UpkeepRounds, list[str]]:
    outcomes: list[str] = []
    return UpkeepRounds(store, lambda namespace: False, outcomes.append), outcomes


@pytest.mark.parametrize("error", [RuntimeError("torn"), OSError(5, "io"), KeyError("x")])
def test_a_namespace_that_cannot_be_read_stops_no_other(error: Exception) -> None:
    """It is named until it can be read again."""
    store = Store(a=error)
    rounds, outcomes = rounds_of(store)
    asyncio.run(rounds.run())
    assert store.visited == ["a", "b", "c"]
    assert list(rounds.failing) == ["a"]
    assert outcomes == ["failed", "ok", "ok"]
    store.raising.clear()
    asyncio.run(rounds.run())
    assert rounds.failing == {}


def test_a_namespace_that_was_dropped_meanwhile_is_no_failure() -> None:
    """Names are listed before they are visited."""
    store = Store(b=NotFound("gone"))
    rounds, outcomes = rounds_of(store)
    asyncio.run(rounds.run())
    assert (store.visited, outcomes, rounds.failing) == (["a", "b", "c"], ["ok", "ok"], {})


def test_a_writer_that_was_replaced_looks_after_nothing() -> None:
    """Neither where it finds out at once nor in the middle of a round."""
    store = Store()
    store.replaced = WriterReplaced("another one")
    with pytest.raises(WriterReplaced):
        asyncio.run(rounds_of(store)[0].run())
    assert store.visited == []
    store = Store(b=WriterReplaced("another one"))
    with pytest.raises(WriterReplaced):
        asyncio.run(rounds_of(store)[0].run())
    assert store.visited == ["a", "b"]
