"""How the service is and answers, as sections of a page; from the bodies of its routes."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deployments.service_report.drawings import LINE_COLOURS, lines
from deployments.service_report.paper import Drawing, PaperRows, PaperSection

Body = Mapping[str, Any]
QUANTILES = {"p50_ms": "P50", "p95_ms": "P95", "p99_ms": "P99"}
MOST_DRAWN = 8
"""Routes whose lines are drawn, the busiest; a table has all."""
SAMPLE = re.compile(r'^(brainwav_\w+)(?:\{component="([^"]*)"\})? (\S+)$', re.MULTILINE)
MIB = 1024 * 1024


def deployments(health: Body, metrics: str) -> PaperSection:
    """Return what answers, how many replicas of what, and how large the index is."""
    found = {(name, component): float(value) for name, component, value in SAMPLE.findall(metrics)}
    names = sorted({who for name, who in found if name == "brainwav_replicas_reporting" and who})

    def of(name: str, who: str = "", unit: float = 1.0) -> str:
        value = found.get((name, who))
        return "not told" if value is None else f"{value / unit:,.4g}"

    components = [
        (name, "answers" if one["healthy"] else "does not answer", f"{one['latency_ms']:.4g}")
        for name, one in health["components"].items()
    ]
    replicas = [
        (
            who,
            of("brainwav_replicas_reporting", who),
            of("brainwav_component_calls_in_flight", who),
            of("brainwav_process_resident_bytes", who, MIB),
        )
        for who in names
    ]
    size = [
        ("documents", of("brainwav_index_documents")),
        ("namespaces", of("brainwav_index_namespaces")),
        ("waiting to be encoded", of("brainwav_embed_queue_items")),
    ]
    return PaperSection(
        "Deployments",
        [
            PaperRows("Used just now", ("component", "state", "took ms"), components),
            PaperRows("Replicas", ("deployment", "replicas", "calls now", "memory MiB"), replicas),
            PaperRows("Index and queue", ("what", "how many"), size),
        ],
    )


def latencies(history: Body) -> PaperSection:
    """Return requests and latencies over time, route by route."""
    routes = sorted(
        history["endpoints"], key=lambda one: -sum(point["requests"] for point in one["points"])
    )
    title = f"Latencies over {history['over']}"
    if not routes:
        return PaperSection(title, ["No route with an objective was asked in this time."])
    shown: list[str | PaperRows | Drawing] = [
        Drawing(
            lines(one["points"], list(QUANTILES), history["step_s"], history["as_of"]),
            _told(one, history),
            list(zip(LINE_COLOURS, QUANTILES.values(), strict=True)),
        )
        for one in routes[:MOST_DRAWN]
    ]
    return PaperSection(title, shown)


def _told(one: Body, history: Body) -> str:
    points = one["points"]
    asked, failed = (sum(point[name] for point in points) for name in ("requests", "failed"))
    highest = max((point["p99_ms"] or 0.0 for point in points), default=0.0)
    return (
        f"{one['method']} {one['endpoint']}: {asked} requests, {failed} failed, at most "
        f"{highest:.4g} ms; from {_clock(points[0]['at'])} to {_clock(history['as_of'])} in steps "
        f"of {history['step_s'] // 60} min"
    )


def objectives(slo: Body, window: str = "1h") -> PaperSection:
    """Return what was promised, and how it is kept."""
    used = [one for one in slo["endpoints"] if one["requests"]["all"]]
    if not used:
        return PaperSection("Objectives", ["No route with an objective was asked yet."])
    routes = [
        (
            f"{one['method']} {one['endpoint']}",
            str(one["requests"]["all"]),
            *(_ms(one["latency_ms"][window][name]) for name in ("p50", "p95", "p99")),
            _share(one["error_rate"][window]),
        )
        for one in used
    ]
    kept = [
        (
            promise["title"],
            promise["status"],
            _share(promise["target"]),
            _share(promise["compliance"]),
            _share(promise["budget_left"]),
            "no data" if (burn := promise["burn_rates"]["1h"]) is None else f"{burn:.3g}",
            ", ".join(alert["name"] for alert in promise["alerts"]) or "none",
        )
        for one in used
        for promise in one["objectives"]
        if promise["status"] != "no_data"
    ]
    columns = ("objective", "now", "promised", "kept", "budget left", "burn in 1 h", "alerts")
    return PaperSection(
        "Objectives",
        [
            PaperRows(
                f"Routes over {window}",
                ("route", "requests", "P50 ms", "P95 ms", "P99 ms", "errors"),
                routes,
            ),
            PaperRows("Promises", columns, kept),
        ],
    )


def limits(told: Body) -> PaperSection:
    """Return what clients have left."""
    rows = [
        (
            one["client"],
            one["limit"],
            f"{max(0, one['left'] + one['lent'])} of {one['burst']}",
            f"{one['tokens']} in {one['period_s']} s",
        )
        for one in told["limits"]
    ]
    said = [warning["message"] for warning in told["warnings"]]
    none = [] if rows or said else ["No client has spent anything that has not come back."]
    table = [PaperRows("", ("client", "class", "left", "comes back"), rows)] if rows else []
    return PaperSection("Limits by client", [*table, *said, *none])


def models(told: Body) -> PaperSection:
    """Return what encodes."""
    return PaperSection(
        "Models", [PaperRows("", ("model",), [(one["id"],) for one in told["data"]])]
    )


def _clock(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%H:%M UTC")


def _ms(value: float | None) -> str:
    return "no data" if value is None else f"{value:.4g}"


def _share(value: float | None) -> str:
    return "no data" if value is None else f"{100 * value:.4g} %"
