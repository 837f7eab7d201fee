"""Prometheus' text format, version 0.0.4.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from telemetry.registry import INFINITY
from telemetry.series import SUM, parsed
from telemetry.table import METRICS, Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Parts = dict[tuple[str, ...], dict[str, float]]


def text(sums: Mapping[str, float], gauges: Mapping[str, float], bounds: Mapping[str, tuple]) -> str:
    """Return every metric that has a value, in the table's order.

    Args:
        sums: Counters and histograms by ``telemetry.series.key``.
        gauges: Gauges.
        bounds: Of histograms whose bounds are not the table's.
    """
    by_name: defaultdict[str, _Parts] = defaultdict(lambda: defaultdict(dict))
    for values in (sums, gauges):
        for series, value in values.items():
            split = parsed(series)
            by_name[split.name][split.labels][split.part] = value
    lines: list[str] = []
    for metric in METRICS:
        if metric.name in by_name:
            lines += _lines(metric, by_name[metric.name], bounds.get(metric.name, metric.bounds))
    return "\n".join(lines) + "\n"


def _lines(metric: Metric, series: _Parts, bounds: tuple[float, ...]) -> Iterator[str]:
    yield f"# HELP {metric.name} {_escaped_help(metric.sentence)} Unit: {metric.unit}."
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, parts in sorted(series.items()):
        pairs = dict(zip(metric.labels, labels, strict=True))
        if metric.kind == "histogram":
            yield from _histogram(metric.name, pairs, parts, bounds)
        else:
            yield f"{metric.name}{_labels(pairs)} {_number(parts[''])}"


def _histogram(
    name: str, labels: Mapping[str, str], parts: Mapping[str, float], bounds: tuple[float, ...]
) -> Iterator[str]:
    # Counts by the bound they were taken under: another release may have had other bounds,
    # and what it counted belongs under the next one up.
    counts = sorted(
        (float("inf") if part == INFINITY else float(part), count)
        for part, count in parts.items()
        if part != SUM
    )
    below, at = 0.0, 0
    for bound in (*bounds, float("inf")):
        while at < len(counts) and counts[at][0] <= bound:
            below += counts[at][1]
            at += 1
        shown = INFINITY if bound == float("inf") else _bound(bound)
        yield f"{name}_bucket{_labels({**labels, 'le': shown})} {_number(below)}"
    yield f"{name}_sum{_labels(labels)} {_number(parts.get(SUM, 0.0))}"
    yield f"{name}_count{_labels(labels)} {_number(below)}"


def _bound(bound: float) -> str:
    # Always a float, as Prometheus 3 writes it.
    return repr(float(f"{bound:g}"))


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _labels(pairs: Mapping[str, str]) -> str:
    if not pairs:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _escaped_help(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")
