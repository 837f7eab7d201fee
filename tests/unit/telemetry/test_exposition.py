"""What Prometheus reads: its format, its histograms, its escapes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.exposition import text
from telemetry.histogram_buckets import latency_bounds_s
from telemetry.metric_table import BY_NAME, HTTP_DURATION, METRICS
from telemetry.registry import Registry

SAMPLE = re.compile(r'[a-z_]+(\{[a-z_]+="(\\.|[^"\\])*"(,[a-z_]+="(\\.|[^"\\])*")*\})? [0-9.e+-]+')


def shown(registry: Registry) -> str:
    snapshot = registry.snapshot()
    return text(snapshot.sums, snapshot.gauges, {})


def test_every_metric_of_the_table_is_named_for_its_unit() -> None:
    """Names begin with ours, counters end in _total, labels are no identities."""
    assert len(BY_NAME) == len(METRICS)
    for metric in METRICS:
        assert metric.name.startswith("brainwav_")
        if metric.kind == "counter":
            # The contract fixes one name that breaks the rule, and it is no counter.
            assert metric.name.endswith("_total"), metric.name
        assert metric.sentence.endswith(".")
        assert not {"client", "namespace", "request_id", "key"} & set(metric.labels)
        assert bool(metric.bounds) == (metric.kind == "histogram")
        assert list(metric.bounds) == sorted(set(metric.bounds))


def test_the_names_of_the_contract_are_there() -> None:
    """The HTTP contract fixes them."""
    fixed = """brainwav_http_requests_total brainwav_http_request_duration_seconds
        brainwav_planning_requests_total brainwav_planning_duration_seconds
        brainwav_tot_branches_generated brainwav_reflection_requests_total
        brainwav_reflection_quality_score brainwav_improvements_applied_total
        brainwav_health_check_duration_seconds brainwav_component_status
        brainwav_memory_operations_total brainwav_memory_size_bytes"""
    assert set(fixed.split()) <= set(BY_NAME)


def test_a_histogram_counts_up_to_each_bound() -> None:
    """A value that equals a bound is within it; the last bucket holds everything."""
    registry = Registry({HTTP_DURATION: (0.1, 0.2)})
    for value in (0.1, 0.15, 0.2, 5.0):
        registry.observe(HTTP_DURATION, "GET", "/x", "2xx", value=value)
    snapshot = registry.snapshot()
    lines = text(snapshot.sums, snapshot.gauges, {HTTP_DURATION: (0.1, 0.2)}).splitlines()
    labels = 'method="GET",endpoint="/x",status_class="2xx"'
    assert lines[2:] == [
        f'{HTTP_DURATION}_bucket{{{labels},le="0.1"}} 1',
        f'{HTTP_DURATION}_bucket{{{labels},le="0.2"}} 3',
        f'{HTTP_DURATION}_bucket{{{labels},le="+Inf"}} 4',
        f"{HTTP_DURATION}_sum{{{labels}}} 5.45",
        f"{HTTP_DURATION}_count{{{labels}}} 4",
    ]


def test_counts_under_another_release_s_bounds_are_not_lost() -> None:
    """They belong under the next bound up."""
    registry = Registry({HTTP_DURATION: (0.1, 0.3)})
    registry.observe(HTTP_DURATION, "GET", "/x", "2xx", value=0.25)
    snapshot = registry.snapshot()
    lines = text(snapshot.sums, snapshot.gauges, {HTTP_DURATION: (0.1, 0.5)})
    assert 'le="0.1"} 0' in lines
    assert 'le="0.5"} 1' in lines


@given(st.text())
def test_any_label_keeps_to_its_line(label: str) -> None:
    """Quotes, backslashes and newlines are escaped."""
    registry = Registry()
    registry.add("brainwav_slow_operations_total", label.replace("\x1e", "").replace("\x1f", ""))
    [line] = [row for row in shown(registry).split("\n") if row and not row.startswith("#")]
    assert SAMPLE.fullmatch(line), line


def test_a_metric_that_the_table_lacks_is_an_error() -> None:
    """So is a label too many."""
    registry = Registry()
    with pytest.raises(KeyError):
        registry.add("brainwav_invented_total")
    with pytest.raises(KeyError):
        registry.add("brainwav_embed_tokens_total", "too many")


def test_thresholds_are_bounds_exactly() -> None:
    """Whatever an objective names can be counted exactly."""
    bounds = latency_bounds_s((0.005, 0.01, 0.137))
    assert {0.005, 0.01, 0.137} <= set(bounds)
    assert list(bounds) == sorted(bounds)
