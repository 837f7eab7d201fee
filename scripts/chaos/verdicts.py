"""What the service is held to, from what the callers counted."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

from scripts.bench.support.service import row
from scripts.chaos.counters import Counters
from scripts.chaos.faults import RECOVERS_S, FaultOutcome
from scripts.chaos.traffic import READS_PER_S, Traffic, TrafficCounts

READS = (*READS_PER_S,)
NEEDED = ("IndexWriter", "fill the disk", "kill a node", "controller", "HAProxy", "shift")
"""Faults without which nothing is said of what holds under all of them."""
WRITES = ("write", "delete")
MOST_FAILED = 0.001


def fault_rows(outcomes: Sequence[FaultOutcome]) -> list[dict[str, Any]]:
    """Return a line for each fault."""
    return [
        {
            "fault": outcome.name,
            "run": f"not run: {outcome.not_run}" if outcome.not_run else outcome.what,
            "next write after s": "" if outcome.not_run else _seconds(outcome.written_again_s),
        }
        for outcome in outcomes
    ]


def _seconds(found: float | None) -> str:
    return f"none in {RECOVERS_S:g}" if found is None else f"{found:.1f}"


def verdict_rows(
    traffic: Traffic, outcomes: Sequence[FaultOutcome], url: str, counters: Counters
) -> list[dict[str, Any]]:
    """Return every bar with what was measured."""
    rows = [*_kept(traffic), *_reads(traffic.counts), *_writes(traffic.counts, outcomes)]
    rows += [
        row(
            "counters that went back",
            len(counters.went_back),
            "0",
            not counters.went_back,
            f"{counters.looks} looks; {counters.told()}",
        ),
        _energy(url),
    ]
    missing = [outcome.name for outcome in outcomes if outcome.not_run]
    rows.append(row("faults not run", len(missing), "0", None, ", ".join(missing)))
    return rows if _all_needed(outcomes) else [_of_these_faults(each) for each in rows]


def _all_needed(outcomes: Sequence[FaultOutcome]) -> bool:
    ran = [outcome.name for outcome in outcomes if not outcome.not_run]
    return all(any(word in name for name in ran) for word in NEEDED)


def _of_these_faults(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line whose bar was not put to every kind of fault: it may be missed, not met."""
    return line | {"verdict": "partly run"} if line["verdict"] == "met" else line


def _kept(traffic: Traffic) -> list[dict[str, Any]]:
    found = list(traffic.documents())
    doubled = [id for id, count in Counter(id for id, _ in found).items() if count > 1]
    broken = traffic.promises.broken_by(dict(found))
    told = f"of {len(traffic.promises.may_be)} documents; {dict(list(broken.items())[:5])}"
    wrong = sum(counts.wrong for counts in traffic.counts.values())
    return [
        row("acknowledged writes not kept", len(broken), "0", not broken, told),
        row("documents twice", len(doubled), "0", not doubled, f"of {len(found)}"),
        row("wrong answers with success", wrong, "0", not wrong, "reads beside the faults"),
    ]


def _reads(counts: dict[str, TrafficCounts]) -> list[dict[str, Any]]:
    sent = sum(counts[kind].sent for kind in READS)
    at_once = sum(counts[kind].failed_at_once for kind in READS)
    retried = sum(counts[kind].failed_with_retry for kind in READS)
    elsewhere = at_once - sum(counts[kind].unconnected for kind in READS)
    at_both = sum(counts[kind].failed_at_both for kind in READS)
    longest = max(counts[kind].longest_s for kind in READS)
    return [
        _failed("reads failed without retry", at_once, sent, f"; longest {longest:.1f} s"),
        row("reads failed with one retry", retried, "0", retried == 0, f"of {sent}"),
        _failed(
            "reads failed without retry, a second address where nobody listens", elsewhere, sent
        ),
        row(
            "reads failed with one retry, at a second address",
            at_both,
            "0",
            at_both == 0,
            f"of {sent}",
        ),
        row(
            "plans failed with one retry",
            counts["plan"].failed_with_retry,
            "reported",
            None,
            f"of {counts['plan'].sent}",
        ),
    ]


def _failed(what: str, failed: int, sent: int, more: str = "") -> dict[str, Any]:
    share = failed / sent if sent else math.inf
    return row(what, share, "≤ 0.001", share <= MOST_FAILED, f"{failed} of {sent}{more}")


def _writes(
    counts: dict[str, TrafficCounts], outcomes: Sequence[FaultOutcome]
) -> list[dict[str, Any]]:
    sent = sum(counts[kind].sent for kind in WRITES)
    hung = sum(counts[kind].hung for kind in WRITES)
    silent = sum(counts[kind].without_retry_after for kind in counts)
    other = [
        reason
        for kind in WRITES
        for reason in counts[kind].reasons
        if not any(known in reason for known in ("503", "507", "no answer", "Error"))
    ]
    ran = [outcome for outcome in outcomes if not outcome.not_run]
    late = [outcome.name for outcome in ran if outcome.written_again_s is None]
    slowest = max((o.written_again_s or 0.0 for o in ran), default=0.0)
    longest = max(counts[kind].longest_s for kind in WRITES)
    return [
        row("writes that hung", hung, "0", hung == 0, f"of {sent}; longest {longest:.1f} s"),
        row("refusals without Retry-After", silent, "0", silent == 0, "503 and 507"),
        row("other failures of writes", len(other), "0", not other, ", ".join(other[:5])),
        row(
            "writes not back in 60 s",
            len(late),
            "0",
            not late if ran else None,
            f"of {len(ran)} faults; slowest {slowest:.1f} s; {', '.join(late)}",
        ),
    ]


def _energy(url: str) -> dict[str, Any]:
    report = httpx.get(f"{url}/sustainability", timeout=30).json()
    parts_j = report["requests_j"] + report["overhead_j"] + report["idle_j"]
    apart = abs(parts_j - report["measured_j"]) / max(report["measured_j"], 1e-9)
    met = report["measured_j"] > 0 and apart <= 1e-6
    return row(
        "energy's parts and its sum apart",
        apart,
        "≤ 1e-6",
        met,
        f"{report['measured_j']:.0f} J measured",
    )
