"""A Grafana dashboard as JSON: budgets first, then each route, then what is behind it.

Written out here rather than with a dashboard library: they follow Grafana's releases, and the
few panel kinds used here have not changed since version 9.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reliability.slo.export import names
from reliability.slo.objectives import Objectives

Panel = dict[str, Any]

WIDTH = 24
SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """A query and how its series are called."""

    expr: str
    legend: str


ROUTE = "{{method}} {{endpoint}}"
CHOSEN = 'endpoint=~"$endpoint"'


def dashboard(objectives: Objectives) -> dict[str, Any]:
    """Return the dashboard."""
    return {
        "uid": "brainwav",
        "title": "brAInwav Serve",
        "description": names.NOTE,
        "tags": ["brainwav", "slo"],
        "schemaVersion": 38,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": list(_placed(list(_panels(objectives)))),
    }


def _variables() -> list[dict[str, Any]]:
    return [
        {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
        {
            "name": "endpoint",
            "label": "Route",
            "type": "query",
            "datasource": SOURCE,
            "query": f"label_values({names.BUDGET}, endpoint)",
            "refresh": 2,
            "includeAll": True,
            "multi": True,
            "current": {"text": "All", "value": "$__all"},
        },
    ]


def _panels(objectives: Objectives) -> Iterator[Panel]:
    yield _row("Objectives")
    yield _stat(
        "Error budget left",
        "Of 30 days; below 0 it is overspent. No traffic, no figure.",
        PanelQuery("brainwav_slo_error_budget_remaining_ratio", "{{objective}}"),
    )
    yield _burns(objectives)
    yield _table(
        "Alerts that fire",
        PanelQuery('ALERTS{alertname=~"Brainwav.*", alertstate="firing"}', ""),
    )
    yield _row("Routes")
    yield _lines(
        "Requests", "reqps", PanelQuery(f"route:brainwav_http_requests:rate5m{{{CHOSEN}}}", ROUTE)
    )
    yield _lines(
        "Failures, 5xx of all",
        "percentunit",
        PanelQuery(
            f"route:brainwav_http_failures:rate5m{{{CHOSEN}}} "
            f"/ (route:brainwav_http_requests:rate5m{{{CHOSEN}}} > 0)",
            ROUTE,
        ),
    )
    for share in ("50", "95", "99"):
        record = f"route:brainwav_http_request_duration_seconds:p{share}_5m"
        yield _lines(
            f"Latency P{share} of successes", "s", PanelQuery(f"{record}{{{CHOSEN}}}", ROUTE)
        )
    yield _lines(
        "Answers by status",
        "reqps",
        PanelQuery(
            f"sum by (status_code) (rate(brainwav_http_requests_total{{{CHOSEN}}}[5m]))",
            "{{status_code}}",
        ),
    )
    yield _row("Behind them")
    yield _lines("In flight", "none", PanelQuery("brainwav_http_requests_in_flight", "requests"))
    yield _lines(
        "Rate limits",
        "reqps",
        PanelQuery(
            "sum by (limit, decision) (rate(brainwav_rate_limit_decisions_total[5m]))",
            "{{limit}} {{decision}}",
        ),
    )
    yield _lines(
        "Components",
        "none",
        PanelQuery("brainwav_component_status", "{{component}}"),
    )
    yield _lines(
        "Items of a forward pass, P50",
        "none",
        PanelQuery(
            "histogram_quantile(0.5, sum by (le) (rate(brainwav_embed_batch_items_bucket[5m])))",
            "items",
        ),
    )
    yield _lines(
        "Wait for the model, P95",
        "s",
        PanelQuery(
            "histogram_quantile(0.95, sum by (le) (rate("
            "brainwav_embed_queue_wait_seconds_bucket[5m])))",
            "wait",
        ),
    )
    yield _lines(
        "Search legs, P95",
        "s",
        PanelQuery(
            "histogram_quantile(0.95, sum by (leg, le) (rate("
            "brainwav_search_leg_seconds_bucket[5m])))",
            "{{leg}}",
        ),
    )
    yield _lines(
        "Planning runs",
        "reqps",
        PanelQuery(
            "sum by (strategy, status) (rate(brainwav_planning_requests_total[5m]))",
            "{{strategy}} {{status}}",
        ),
    )
    yield _lines("Index", "none", PanelQuery("brainwav_index_documents", "documents"))
    yield _lines(
        "Replicas that report", "none", PanelQuery("brainwav_replicas_reporting", "{{component}}")
    )
    yield _row("Energy")
    yield _lines("Power", "watt", PanelQuery("brainwav_power_watts", "mean of a tick"))
    yield _lines(
        "Joules a request, 1 h",
        "joule",
        PanelQuery(f"endpoint:brainwav_request_energy_joules:mean1h{{{CHOSEN}}}", "{{endpoint}}"),
    )
    yield _lines(
        "Where the energy goes",
        "watt",
        PanelQuery("sum by (part) (rate(brainwav_energy_joules_total[5m]))", "{{part}}"),
    )


def _burns(objectives: Objectives) -> Panel:
    panel = _lines(
        "Burn rate, 1 h",
        "none",
        PanelQuery(f"{names.burn_rate('1h')}{{{CHOSEN}}}", "{{objective}}"),
    )
    factors = sorted({alert.factor for objective in objectives for alert in objective.alerts})
    steps = [{"color": "green", "value": None}]
    steps += [{"color": "red", "value": factor} for factor in factors]
    panel["fieldConfig"]["defaults"] |= {
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom": {"thresholdsStyle": {"mode": "line"}, "fillOpacity": 5},
    }
    return panel


def _row(title: str) -> Panel:
    return {"type": "row", "title": title, "collapsed": False, "panels": []}


def _lines(title: str, unit: str, *lines: PanelQuery) -> Panel:
    return _panel("timeseries", title, unit, lines) | {
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}}
    }


def _stat(title: str, description: str, line: PanelQuery) -> Panel:
    panel = _panel("bargauge", title, "percentunit", (line,))
    panel["description"] = description
    panel["fieldConfig"]["defaults"] |= {
        "min": 0,
        "max": 1,
        "thresholds": {
            "mode": "absolute",
            "steps": [
                {"color": "red", "value": None},
                {"color": "orange", "value": 0.1},
                {"color": "green", "value": 0.5},
            ],
        },
    }
    panel["options"] = {"displayMode": "basic", "orientation": "horizontal"}
    return panel


def _table(title: str, line: PanelQuery) -> Panel:
    panel = _panel("table", title, "none", (line,))
    panel["targets"][0] |= {"format": "table", "instant": True}
    return panel


def _panel(kind: str, title: str, unit: str, lines: tuple[PanelQuery, ...]) -> Panel:
    return {
        "type": kind,
        "title": title,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + at),
                "datasource": SOURCE,
                "expr": line.expr,
                "legendFormat": line.legend,
            }
            for at, line in enumerate(lines)
        ],
    }


def _placed(panels: list[Panel]) -> Iterator[Panel]:
    """Three panels a row, numbered from 1."""
    x = y = 0
    for number, panel in enumerate(panels, 1):
        is_row = panel["type"] == "row"
        width, height = (WIDTH, 1) if is_row else (WIDTH // 3, 8)
        if x and (is_row or x + width > WIDTH):
            x, y = 0, y + 8
        yield panel | {"id": number, "gridPos": {"x": x, "y": y, "w": width, "h": height}}
        x, y = (0, y + height) if is_row else (x + width, y)
