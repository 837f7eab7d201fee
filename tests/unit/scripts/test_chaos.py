"""What `make chaos` concludes from what it saw."""

import httpx
import pytest

from scripts.chaos.acknowledged import GONE, Promises
from scripts.chaos.counters import Counters
from scripts.chaos.faults import LEAST_QUIET_S, QUIET_S, RECOVERY_S, Fault, FaultOutcome, quiet_s
from scripts.chaos.requests import TrafficCounts, wrote_one
from scripts.chaos.verdicts import _all_needed, _reads, _writes


def promises(*events: tuple[str, str | None]) -> Promises:
    """Return what was promised of document ``d`` by ``sent`` and ``ok`` events in order."""
    made = Promises()
    for what, text in events:
        (made.acknowledged if what == "ok" else made.unanswered)("d", text)
    return made


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([("ok", "a")], "a"),
        ([("sent", "a")], "a"),
        ([("sent", "a")], None),
        ([("ok", "a"), ("sent", "b")], "a"),
        ([("ok", "a"), ("sent", "b")], "b"),
        ([("ok", "a"), ("sent", GONE)], None),
        ([("ok", "a"), ("ok", GONE)], None),
    ],
)
def test_what_was_promised_or_may_have_happened_is_not_broken(events, found) -> None:
    """A write without an answer leaves both open."""
    there = {} if found is None else {"d": found}
    assert promises(*events).broken_by(there) == {}


@pytest.mark.parametrize(
    ("events", "found", "how"),
    [
        ([("ok", "a")], None, "lost"),
        ([("ok", "a"), ("ok", "b")], "a", "has another text: a"),
        ([("ok", "a"), ("ok", GONE)], "a", "came back"),
        ([("sent", "a"), ("ok", "b")], None, "lost"),
    ],
)
def test_a_broken_promise_says_how(events, found, how) -> None:
    """Lost, come back, or not the last one."""
    there = {} if found is None else {"d": found}
    assert promises(*events).broken_by(there) == {"d": how}


def test_a_document_that_nobody_sent_is_told() -> None:
    """Whatever it is, it was not asked for."""
    assert Promises().broken_by({"x": "text"}) == {"x": "was never written"}


METRICS = """# TYPE a_total counter
a_total{x="1"} %s
# TYPE g gauge
g %s
# TYPE h histogram
h_bucket{le="1"} %s
h_count %s
"""


def test_counters_that_go_back_are_named_and_gauges_may() -> None:
    """Counters, and the parts of histograms."""
    counters = Counters("")
    counters.note(METRICS % (5, 5, 5, 5))
    counters.note(METRICS % (6, 1, 5, 4))
    assert counters.went_back == {"h_count": (5.0, 4.0)}
    assert "h_count from 5 to 4" in counters.told()


def reads(**changes: int) -> dict[str, TrafficCounts]:
    """Return counts of a thousand searches and nothing else."""
    found = {kind: TrafficCounts() for kind in ("search", "embed", "read", "live", "plan")}
    found["search"] = TrafficCounts(sent=1000, **changes)
    return found


@pytest.mark.parametrize(("failed", "met"), [(1, True), (2, False)])
def test_one_read_in_a_thousand_may_fail_at_once(failed: int, met: bool) -> None:
    """And none after its retry."""
    first, second, *_ = _reads(reads(failed_at_once=failed))
    assert (first["verdict"] == "met") is met
    assert second["verdict"] == "met"
    assert _reads(reads(failed_at_once=1, failed_with_retry=1))[1]["verdict"] == "missed"


def test_a_write_that_is_not_refused_as_promised_is_told() -> None:
    """503, 507 and broken connections are expected while the writer is out; 500 is not."""
    counts = {kind: TrafficCounts(sent=10) for kind in ("write", "delete")}
    counts["write"].reasons.update({"503 unavailable": 3, "no answer": 1})
    verdicts = {row["what"]: row["verdict"] for row in _writes(counts, [])}
    assert verdicts["other failures of writes"] == "met"
    counts["write"].reasons["500 internal_error"] = 1
    verdicts = {row["what"]: row["verdict"] for row in _writes(counts, [])}
    assert verdicts["other failures of writes"] == "missed"


def test_writes_that_do_not_come_back_are_told_by_fault() -> None:
    """A fault that did not run says nothing."""
    counts = {kind: TrafficCounts(sent=10) for kind in ("write", "delete")}
    ran = [
        FaultOutcome("kill a", written_again_s=3.0),
        FaultOutcome("stop b"),
        FaultOutcome("c", "no root"),
    ]
    [late] = [row for row in _writes(counts, ran) if row["what"] == "writes not back in 60 s"]
    assert (late["measured"], late["verdict"]) == ("1", "missed")
    assert "stop b" in late["baseline"]
    assert "c" not in late["baseline"].split(", ")[-1]


def test_bars_need_every_kind_of_fault() -> None:
    """Met without the disk, the node or the clock is not met."""
    names = [
        "kill IndexWriter",
        "fill the disk",
        "kill a node",
        "kill controller",
        "stop HAProxy",
        "shift the clock +3600",
    ]
    assert _all_needed([FaultOutcome(name) for name in names])
    assert not _all_needed([FaultOutcome(name) for name in names[1:]])
    assert not _all_needed([FaultOutcome(name, "no root") for name in names])


def test_a_second_address_is_counted_beside_the_first() -> None:
    """Each bar by both clients; nothing of the one is the other's."""
    rows = _reads(reads(failed_at_once=3, failed_with_retry=2, unconnected=2, failed_at_both=0))
    verdicts = {row["what"]: (row["baseline"].split(";")[0], row["verdict"]) for row in rows[:4]}
    assert verdicts == {
        "reads failed without retry": ("3 of 1000", "missed"),
        "reads failed with one retry": ("of 1000", "missed"),
        "reads failed without retry, a second address where nobody listens": (
            "1 of 1000",
            "met",
        ),
        "reads failed with one retry, at a second address": ("of 1000", "met"),
    }


def faults(*lasts_s: float) -> list[Fault]:
    """Return faults that last so long."""
    return [Fault("f", "", lambda: "", each_s) for each_s in lasts_s]


def test_pauses_shrink_so_that_every_fault_has_its_time() -> None:
    """All that is left is shared out among them, and one pause is for the end."""
    coming = faults(20.0, 0.0, 20.0)
    needed_s = 40.0 + 3 * RECOVERY_S
    assert quiet_s(coming, needed_s + 4 * 5.0) == pytest.approx(5.0)
    assert quiet_s(coming, needed_s + 100.0) == QUIET_S
    assert quiet_s(coming, 0.0) == LEAST_QUIET_S
    assert quiet_s([], -1.0) == QUIET_S


def test_a_fault_that_cannot_happen_takes_no_time_from_others() -> None:
    """It is told as not run."""
    impossible = [Fault("f", "no root", lambda: "", 1_000.0)]
    assert quiet_s([*impossible, *faults(0.0)], RECOVERY_S + 6.0) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("status", "told", "is_promise"),
    [
        (200, {"upserted": 1}, True),
        (202, {"id": "a", "state": "queued"}, True),
        (200, {"upserted": 0}, False),
        (200, {"id": "a", "state": "queued"}, False),
    ],
)
def test_a_job_that_was_accepted_is_a_promise_too(status, told, is_promise) -> None:
    """Its documents are looked for at the end like all others."""
    assert wrote_one(httpx.Response(status, json=told)) is is_promise
