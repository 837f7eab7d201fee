"""Recording and alert rules: burn rates from event counts, alerts on two windows each.

A ratio over a window is bad requests by valid requests of that window, both as increases: a
mean of short ratios would weigh a quiet minute like a busy one. Without requests there is no
ratio, so silence fires nothing; that figures are there at all is watched by alerts of its own.
"""

from collections.abc import Iterator
from typing import Any

from reliability.slo.export import names
from reliability.slo.objectives import DAY_S, HOUR_S, BurnAlert, Objective, Objectives

PrometheusRule = dict[str, Any]

GROUPS = {
    "brainwav-slo-budgets": 60,
    "brainwav-slo-short": 30,
    "brainwav-slo-long": 120,
    "brainwav-slo-alerts": 30,
    "brainwav-slo-figures": 30,
    "brainwav-http": 30,
}
"""Rule groups in the order they build on each other, and how often they run, in seconds."""

JOB_WAITS_S = 6 * HOUR_S
"""Of an import of many long texts that is no fault yet; a job expires after a week."""


def rules(objectives: Objectives, time_scale: float = 1.0) -> dict[str, Any]:
    """Return a Prometheus rule file.

    Args:
        time_scale: Multiplies every window, hold time and interval, so that a test with a
            real Prometheus takes seconds; 1 for the file that ships.
    """
    windows = names.windows_s(objectives)
    short = [r for w in windows if w <= 2 * HOUR_S for r in _recorded(w, time_scale)]
    long = [r for w in windows if w > 2 * HOUR_S for r in _recorded(w, time_scale)]
    content: dict[str, list[PrometheusRule]] = {
        "brainwav-slo-budgets": [_budget(objective) for objective in objectives],
        "brainwav-slo-short": short,
        "brainwav-slo-long": long,
        "brainwav-slo-alerts": list(_alerts(objectives, time_scale)),
        "brainwav-slo-figures": list(_watch(time_scale)),
        "brainwav-http": list(_http(time_scale)),
    }
    return {
        "groups": [
            {"name": name, "interval": duration(GROUPS[name] * time_scale), "rules": content[name]}
            for name in GROUPS
        ]
    }


def duration(seconds: float) -> str:
    """Return a Prometheus duration, in its largest whole unit."""
    if seconds == int(seconds) and seconds >= 60:
        return names.window_name(int(seconds))
    return f"{seconds:g}s" if seconds == int(seconds) else f"{round(seconds * 1000)}ms"


def alert_name(alert: BurnAlert) -> str:
    """Return what Prometheus calls an alert policy, such as ``BrainwavBudgetPage1h``."""
    return "BrainwavBudget" + "".join(part.capitalize() for part in alert.name.split("-"))


def policies(objectives: Objectives) -> dict[BurnAlert, list[Objective]]:
    """Return each alert with the objectives that ask for it, in the file's order."""
    asked: dict[BurnAlert, list[Objective]] = {}
    for objective in objectives:
        for alert in objective.alerts:
            asked.setdefault(alert, []).append(objective)
    return asked


def _budget(objective: Objective) -> PrometheusRule:
    labels = {
        "objective": objective.name,
        "service": objective.service,
        "method": objective.route.method,
        "endpoint": objective.route.endpoint,
        "kind": objective.kind,
    }
    return {
        "record": names.BUDGET,
        "expr": f"vector({objective.budget!r})",
        "labels": labels,
    }


def _recorded(window_s: int, time_scale: float) -> Iterator[PrometheusRule]:
    window, length = names.window_name(window_s), duration(window_s * time_scale)
    for metric in (names.BAD, names.VALID):
        yield {
            "record": names.increase(metric, window),
            "expr": f"sum by (objective) (increase({metric}[{length}]))",
        }
    bad, valid = names.increase(names.BAD, window), names.increase(names.VALID, window)
    yield {
        "record": names.burn_rate(window),
        # 0/0 would be NaN, and NaN compares like nothing else; no traffic is no series.
        "expr": f"{bad} / ({valid} > 0) / on (objective) group_right {names.BUDGET}",
    }


def _alerts(objectives: Objectives, time_scale: float) -> Iterator[PrometheusRule]:
    for alert, asking in policies(objectives).items():
        long, short = names.window_name(alert.long_s), names.window_name(alert.short_s)
        chosen = "" if len(asking) == len(objectives) else _selector(asking)
        conditions = [
            f"{names.burn_rate(long)}{chosen} > {alert.factor:g}",
            f"{names.burn_rate(short)} > {alert.factor:g}",
        ]
        if alert.least_bad > 1:
            # Half less, since increase() extrapolates to the window's edges.
            bad = names.increase(names.BAD, long)
            conditions.append(f"{bad} > {alert.least_bad - 0.5:g}")
        yield {
            "alert": alert_name(alert),
            "expr": "\nand on (objective)\n".join(f"({condition})" for condition in conditions),
            **({"for": duration(alert.for_s * time_scale)} if alert.for_s else {}),
            "labels": {"severity": alert.severity, "long_window": long, "short_window": short},
            "annotations": _annotations(alert, asking[0].window_s, long, short),
        }


def _selector(asking: list[Objective]) -> str:
    return '{objective=~"' + "|".join(objective.name for objective in asking) + '"}'


def _annotations(alert: BurnAlert, window_s: int, long: str, short: str) -> dict[str, str]:
    share = alert.budget_share(window_s)
    return {
        "summary": (
            "brAInwav: {{ $labels.objective }} spends its error budget "
            '{{ $value | printf "%.1f" }} times too fast'
        ),
        "description": (
            f"Over {long} and over {short} the budget of {{{{ $labels.method }}}} "
            f"{{{{ $labels.endpoint }}}} ({{{{ $labels.kind }}}}) was spent at more than "
            f"{alert.factor:g} times the rate at which it lasts {window_s // DAY_S} days: "
            f"{share:.0%} of it within {long}. GET /slo shows the rest; "
            "docs/explanation/objectives.md says what counts."
        ),
    }


def _http(time_scale: float) -> Iterator[PrometheusRule]:
    """What dashboards draw by route; alerts do not depend on it."""
    length = duration(300 * time_scale)
    for record, selector in (("requests", ""), ("failures", '{status_code=~"5.."}')):
        yield {
            "record": f"route:brainwav_http_{record}:rate5m",
            "expr": (
                "sum by (method, endpoint) "
                f"(rate(brainwav_http_requests_total{selector}[{length}]))"
            ),
        }
    for share in (0.5, 0.95, 0.99):
        yield {
            "record": f"route:brainwav_http_request_duration_seconds:p{share * 100:g}_5m",
            "expr": (
                f"histogram_quantile({share}, sum by (method, endpoint, le) (rate("
                'brainwav_http_request_duration_seconds_bucket{status_class!~"[45].*"}'
                f"[{length}])))"
            ),
        }
    hour = duration(3600 * time_scale)
    yield {
        "record": "endpoint:brainwav_request_energy_joules:mean1h",
        "expr": (
            f"sum by (endpoint) (increase(brainwav_request_energy_joules_total[{hour}]))\n"
            f"/ (sum by (endpoint) (increase(brainwav_http_requests_total[{hour}])) > 0)"
        ),
    }


def _watch(time_scale: float) -> Iterator[PrometheusRule]:
    yield {
        "alert": "BrainwavFiguresAbsent",
        "expr": f"absent({names.VALID})",
        "for": duration(300 * time_scale),
        "labels": {"severity": "page"},
        "annotations": {
            "summary": "brAInwav: no SLO figures; nobody knows whether objectives are kept",
            "description": (
                "The service is down, /metrics is not scraped, or its MetricsHub does not answer."
            ),
        },
    }
    yield {
        "alert": "BrainwavObjectiveUnmeasured",
        "expr": (
            f"{names.BUDGET} unless on (objective) {names.VALID} and on () count({names.VALID})"
        ),
        "for": duration(900 * time_scale),
        "labels": {"severity": "ticket"},
        "annotations": {
            "summary": "brAInwav: {{ $labels.objective }} is in the rules but not in the service",
            "description": "Rules and service come from different objective files.",
        },
    }
    yield {
        "alert": "BrainwavFiguresStale",
        "expr": "max(brainwav_snapshot_age_seconds) > 30",
        "for": duration(120 * time_scale),
        "labels": {"severity": "ticket"},
        "annotations": {
            "summary": "brAInwav: a replica has not reported for {{ $value | humanizeDuration }}",
            "description": "Its figures are missing from everything that is shown since then.",
        },
    }
    yield {
        "alert": "BrainwavJobsWait",
        "expr": f"max(brainwav_jobs_oldest_seconds) > {JOB_WAITS_S}",
        "for": duration(300 * time_scale),
        "labels": {"severity": "ticket"},
        "annotations": {
            "summary": "brAInwav: a job has waited for {{ $value | humanizeDuration }}",
            "description": (
                "Documents that were accepted (202) are not all written. GET /jobs/{id} says what "
                "it waits for (`waits`), the writer's log why it was put off (`job.put_off`)."
            ),
        },
    }
