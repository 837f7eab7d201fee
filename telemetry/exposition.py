"""Prometheus' text format, version 0.0.4.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from telemetry.metric_table import METRICS, Metric
from telemetry.series import INFINITY, SUM, parsed

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Parts = dict[tuple[str, ...], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: a histogram has one for each bound, its sum and its count."""

    name: str
    labels: Mapping[str, str]
    value: float


def text(
    sums: Mapping[str, float], gauges: Mapping[str, float], bounds: Mapping[str, tuple[float, ...]]
) -> str:
    """Return every metric that has a value, in the table's order.

    Args:
        sums: Counters and histograms by ``telemetry.series.key``.
        gauges: Gauges.
        bounds: Of histograms whose bounds are not the table's.
    """
    lines: list[str] = []
    for metric, samples in exposed(sums, gauges, bounds):
        lines.append(f"# HELP {metric.name} {_plain(metric.sentence)} Unit: {metric.unit}.")
        lines.append(f"# TYPE {metric.name} {metric.kind}")
        lines += [f"{s.name}{_labels(s.labels)} {_number(s.value)}" for s in samples]
    return "\n".join(lines) + "\n"


def exposed(
    sums: Mapping[str, float], gauges: Mapping[str, float], bounds: Mapping[str, tuple[float, ...]]
) -> Iterator[tuple[Metric, list[Sample]]]:
    """Yield the table's metrics that have a value, each with its samples."""
    by_name: defaultdict[str, _Parts] = defaultdict(lambda: defaultdict(dict))
    for values in (sums, gauges):
        for series, value in values.items():
            split = parsed(series)
            by_name[split.name][split.labels][split.part] = value
    for metric in METRICS:
        if metric.name in by_name:
            spaced = bounds.get(metric.name, metric.bounds)
            yield metric, list(_samples(metric, by_name[metric.name], spaced))


def _samples(metric: Metric, series: _Parts, bounds: tuple[float, ...]) -> Iterator[Sample]:
    for labels, parts in sorted(series.items()):
        if len(labels) != len(metric.labels):
            # Counted by a release that had other labels; it cannot be shown under these.
            continue
        pairs = dict(zip(metric.labels, labels, strict=True))
        if metric.kind == "histogram":
            yield from _histogram(metric.name, pairs, parts, bounds)
        elif "" in parts:
            yield Sample(metric.name, pairs, parts[""])


def _histogram(
    name: str, labels: Mapping[str, str], parts: Mapping[str, float], bounds: tuple[float, ...]
) -> Iterator[Sample]:
    # Counts by the bound they were taken under: another release may have had other bounds,
    # and what it counted belongs under the next one up.
    counts = sorted(
        (float("inf") if part == INFINITY else float(part), count)
        for part, count in parts.items()
        if part not in ("", SUM)
    )
    below, at = 0.0, 0
    for bound in (*bounds, float("inf")):
        while at < len(counts) and counts[at][0] <= bound:
            below += counts[at][1]
            at += 1
        shown = INFINITY if bound == float("inf") else _bound(bound)
        yield Sample(f"{name}_bucket", {**labels, "le": shown}, below)
    yield Sample(f"{name}_sum", labels, parts.get(SUM, 0.0))
    yield Sample(f"{name}_count", labels, below)


def _bound(bound: float) -> str:
    # Always a float, as Prometheus 3 writes it.
    return repr(float(f"{bound:g}"))


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _labels(pairs: Mapping[str, str]) -> str:
    if not pairs:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs.items()) + "}"


def _escaped(value: str) -> str:
    return _plain(value).replace('"', '\\"')


def _plain(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")
