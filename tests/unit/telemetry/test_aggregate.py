"""One truth over all replicas, whatever order, repetition and deaths."""

import random
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.aggregate import ALIVE_S, FORGOTTEN_S, Aggregate, MetricSource
from telemetry.hub_file import HubFile
from telemetry.registry import Snapshot
from telemetry.series import key

COUNTER = key("brainwav_http_requests_total", ("GET", "/x", "200"))
GAUGE = key("brainwav_http_requests_in_flight")
STATUS = key("brainwav_component_status", ("embedder",))


def source(name: str, epoch: str = "1") -> MetricSource:
    return MetricSource("Ingress", name, epoch)


def counted(value: float) -> Snapshot:
    return Snapshot({COUNTER: value}, {})


growth = st.lists(st.integers(0, 9), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(growth, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_totals_are_what_all_replicas_counted(
    replicas: list[list[int]], chance: random.Random
) -> None:
    """Pushes come late, twice and mixed; a total never falls and ends exact."""
    pushes = []
    for number, steps in enumerate(replicas):
        value = 0
        for sequence, step in enumerate(steps, 1):
            value += step
            pushes.append((source(str(number)), sequence, counted(value)))
    expected = sum(map(sum, replicas))
    shuffled = pushes + chance.choices(pushes, k=len(pushes))
    chance.shuffle(shuffled)
    # The newest of each replica does arrive at last: pushes are cumulative.
    shuffled += pushes
    aggregate, last = Aggregate(), 0.0
    for origin, sequence, snapshot in shuffled:
        aggregate.push(origin, sequence, snapshot, 0.0)
        total = aggregate.totals.get(COUNTER, 0.0)
        assert total >= last
        last = total
    assert last == expected


def test_a_dead_replica_stays_counted_and_loses_its_gauges() -> None:
    """Its counters are folded in, its gauges expire after three seconds."""
    aggregate = Aggregate()
    aggregate.push(source("a"), 1, Snapshot({COUNTER: 5.0}, {GAUGE: 2.0}), 0.0)
    aggregate.push(source("b"), 1, Snapshot({COUNTER: 7.0}, {GAUGE: 3.0}), 0.0)
    assert aggregate.gauges(0.0) == {GAUGE: 5.0}
    aggregate.push(source("b"), 2, Snapshot({COUNTER: 8.0}, {GAUGE: 1.0}), ALIVE_S + 0.1)
    assert aggregate.gauges(ALIVE_S + 0.1) == {GAUGE: 1.0}
    assert aggregate.totals[COUNTER] == 13.0
    assert aggregate.replicas(ALIVE_S + 0.1) == {"Ingress": 1}


def test_a_name_that_comes_back_is_another_process() -> None:
    """A restarted replica counts from zero under a new epoch and nothing is lost."""
    aggregate = Aggregate()
    aggregate.push(source("a", "1"), 9, counted(100), 0.0)
    aggregate.push(source("a", "2"), 1, counted(3), 1.0)
    assert aggregate.totals[COUNTER] == 103


def test_a_stalled_replica_that_comes_back_is_counted_once() -> None:
    """Silence is not death: what it pushes later is the same sum, only larger."""
    aggregate = Aggregate()
    aggregate.push(source("a"), 1, counted(10), 0.0)
    aggregate.push(source("a"), 2, counted(15), 600.0)
    assert aggregate.totals[COUNTER] == 15


def test_gauges_merge_as_the_table_says() -> None:
    """A component that is down for one replica is down."""
    aggregate = Aggregate()
    aggregate.push(source("a"), 1, Snapshot({}, {STATUS: 1.0}), 0.0)
    aggregate.push(source("b"), 1, Snapshot({}, {STATUS: 0.0}), 0.0)
    assert aggregate.gauges(0.0) == {STATUS: 0.0}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9), st.booleans()), max_size=12))
def test_a_restart_of_the_hub_neither_loses_nor_repeats(tmp_path_factory, steps) -> None:
    """Saved or not before it died, the next cumulative push sets it right."""
    path = tmp_path_factory.mktemp("hub") / "metrics.sqlite"
    file = HubFile(path)
    aggregate, counts, sequence = file.load(), {}, 0
    for replica, gained, dies in steps:
        origin, sequence = source(str(replica)), sequence + 1
        counts[origin] = counts.get(origin, 0) + gained
        aggregate.push(origin, sequence, counted(counts[origin]), 0.0)
        if dies:
            file.close()
            file = HubFile(path)
            aggregate = file.load()
        else:
            file.save({origin: aggregate.kept[origin]})
    for origin, value in counts.items():
        sequence += 1
        aggregate.push(origin, sequence, counted(value), 0.0)
    assert aggregate.totals.get(COUNTER, 0.0) == sum(counts.values())
    file.close()


def test_what_is_forgotten_stays_in_the_total(tmp_path) -> None:
    """After hours of silence a source is folded into one sum, in memory and in the file."""
    file = HubFile(tmp_path / "metrics.sqlite")
    aggregate = file.load()
    aggregate.push(source("a"), 1, counted(4), 0.0)
    aggregate.push(source("b"), 1, counted(5), 0.0)
    file.save(aggregate.kept)
    gone = aggregate.forget(FORGOTTEN_S + 1)
    assert len(gone) == 2
    file.save({}, gone)
    file.close()
    again = HubFile(tmp_path / "metrics.sqlite").load()
    assert again.kept == {}
    assert again.totals == {COUNTER: 9.0}


def test_what_others_write_is_in_the_same_transaction(tmp_path) -> None:
    """Where they fail, totals are not written either."""
    file = HubFile(tmp_path / "metrics.sqlite")
    aggregate = file.load()
    aggregate.push(source("a"), 1, counted(4), 0.0)
    with pytest.raises(sqlite3.OperationalError):
        file.save(aggregate.kept, also=lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))
    file.close()
    again = HubFile(tmp_path / "metrics.sqlite")
    assert again.load().totals == {}
    again.close()


def test_a_total_knows_since_when_it_grows(tmp_path) -> None:
    """The first start with a file counts."""
    for now_s in (100.0, 200.0):
        file = HubFile(tmp_path / "metrics.sqlite")
        assert file.since_s(now_s) == 100.0
        file.close()
