"""Every metric in one table: name, kind, unit, labels, sentence. Docs and tests read it.

Names end in their unit; labels are few and bounded, never a client, a namespace or an id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from telemetry import histogram_buckets

MetricKind = Literal["counter", "gauge", "histogram"]
Merge = Literal["sum", "max", "min"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One row."""

    name: str
    kind: MetricKind
    unit: str
    labels: tuple[str, ...]
    sentence: str
    merge: Merge = "sum"
    """What a gauge is over all replicas."""
    bounds: tuple[float, ...] = ()
    """Upper bounds of a histogram's buckets, but for infinity."""


def _counter(name: str, unit: str, labels: str, sentence: str) -> Metric:
    return Metric(name, "counter", unit, tuple(labels.split()), sentence)


def _gauge(name: str, unit: str, labels: str, sentence: str, merge: Merge = "sum") -> Metric:
    return Metric(name, "gauge", unit, tuple(labels.split()), sentence, merge)


def _histogram(name: str, unit: str, labels: str, bounds: Sequence[float], sentence: str) -> Metric:
    return Metric(name, "histogram", unit, tuple(labels.split()), sentence, bounds=tuple(bounds))


HTTP_DURATION = "brainwav_http_request_duration_seconds"

_HTTP = (
    _counter(
        "brainwav_http_requests_total",
        "requests",
        "method endpoint status_code",
        "Answered requests by route template; 499 is a client that hung up first.",
    ),
    _counter(
        "brainwav_http_refusals_total",
        "answers",
        "code",
        "Answers that were errors, by their code, such as quota_exceeded or expired_api_key.",
    ),
    _histogram(
        HTTP_DURATION,
        "seconds",
        "method endpoint status_class",
        histogram_buckets.latency_bounds_s(),
        "From a request's head at the replica to the last byte of its answer; to the first of a "
        "stream's.",
    ),
    _gauge("brainwav_http_requests_in_flight", "requests", "", "Requests being answered now."),
    _gauge(
        "brainwav_http_body_memory_bytes",
        "bytes",
        "",
        "Memory accounted for bodies in flight that are larger than 64 KiB.",
    ),
    _counter(
        "brainwav_http_bodies_refused_total",
        "bodies",
        "room",
        "Bodies for which there was no room: their client's share was full, or that of all, or "
        "their turn did not come in time.",
    ),
    _counter(
        "brainwav_rate_limit_decisions_total",
        "decisions",
        "limit decision",
        "Decisions of the token buckets: allowed, denied, or degraded (by a replica's own share).",
    ),
    _counter(
        "brainwav_rate_limit_silences_total",
        "silences",
        "",
        "Times that an Ingress replica lost the owner of the buckets: it goes by its own share "
        "then, which begins with one lease for each client.",
    ),
    _gauge(
        "brainwav_rate_limit_degraded",
        "replicas",
        "",
        "Ingress replicas that cannot reach the owner of the buckets right now.",
    ),
)
_CALLS = (
    _counter(
        "brainwav_component_calls_total",
        "calls",
        "component method outcome",
        "Calls between deployments as the callee saw them end.",
    ),
    _histogram(
        "brainwav_component_call_duration_seconds",
        "seconds",
        "component",
        histogram_buckets.LATENCY_S,
        "How long a deployment's calls took, without the way there.",
    ),
    _counter(
        "brainwav_component_second_tries_total",
        "calls",
        "component",
        "Reads for which another replica was asked too, since the first one kept silent; by who "
        "asked.",
    ),
    _gauge(
        "brainwav_component_calls_in_flight", "calls", "component", "Calls being worked on now."
    ),
    _histogram(
        "brainwav_health_check_duration_seconds",
        "seconds",
        "component",
        histogram_buckets.LATENCY_S,
        "How long it took to use a component for real.",
    ),
    _gauge(
        "brainwav_component_status",
        "1 or 0",
        "component",
        "1 while a component answers when it is really used.",
        "min",
    ),
)
_EMBED = (
    _counter("brainwav_embed_items_total", "items", "kind outcome", "Texts and pictures encoded."),
    _counter("brainwav_embed_tokens_total", "tokens", "", "Tokens of the texts encoded."),
    _histogram(
        "brainwav_embed_batch_items",
        "items",
        "lane",
        histogram_buckets.ITEMS,
        "Items of one forward pass.",
    ),
    _histogram(
        "brainwav_embed_queue_wait_seconds",
        "seconds",
        "lane",
        histogram_buckets.LATENCY_S,
        "From an item's arrival in the queue to its forward pass.",
    ),
    _histogram(
        "brainwav_embed_model_seconds",
        "seconds",
        "lane",
        histogram_buckets.LATENCY_S,
        "One forward pass.",
    ),
    _counter(
        "brainwav_thumbnails_total",
        "pictures",
        "outcome",
        "Small pictures that were made of stored ones (made), or could not be (refused).",
    ),
    _gauge("brainwav_embed_queue_items", "items", "", "Items that wait for a forward pass now."),
    _gauge(
        "brainwav_embed_pictures_waiting", "pictures", "", "Pictures that wait to be decoded now."
    ),
    _counter(
        "brainwav_embed_decoders_ended_total",
        "processes",
        "reason",
        "Decoding processes that ended over a picture: killed, since its caller had gone or it was "
        "too much work, or died by themselves.",
    ),
)
_SEARCH = (
    _counter("brainwav_search_requests_total", "searches", "mode outcome", "Searches by mode."),
    _histogram(
        "brainwav_search_duration_seconds",
        "seconds",
        "mode",
        histogram_buckets.LATENCY_S,
        "A whole search in its replica, fusion and fetching included.",
    ),
    _histogram(
        "brainwav_search_leg_seconds",
        "seconds",
        "leg",
        histogram_buckets.LATENCY_S,
        "One leg of a search: keyword, text or image.",
    ),
    _gauge("brainwav_search_held_namespaces", "namespaces", "", "Searched in memory, by replica."),
    _gauge("brainwav_search_held_bytes", "bytes", "", "Memory that these take."),
    _counter("brainwav_search_on_disk_total", "searches", "", "Searches of others, on disk."),
)
_INDEX = (
    _gauge("brainwav_index_documents", "documents", "", "Documents of all namespaces.", "max"),
    _gauge("brainwav_index_namespaces", "namespaces", "", "Namespaces with documents.", "max"),
    _gauge(
        "brainwav_index_remains_seconds",
        "seconds",
        "",
        "How long ago the oldest deleted document whose remains still lie in files was deleted.",
        "max",
    ),
    _gauge(
        "brainwav_index_version",
        "versions",
        "",
        "Index versions of all namespaces added up: it moves with every write.",
        "max",
    ),
    _gauge(
        "brainwav_index_unreadable_namespaces",
        "namespaces",
        "",
        "Namespaces that cannot be read: the log names them; the others go on.",
        "max",
    ),
    _gauge(
        "brainwav_jobs",
        "jobs",
        "state",
        "Writes that became jobs and are still known; queued and running ones have not ended.",
        "max",
    ),
    _gauge(
        "brainwav_jobs_oldest_seconds",
        "seconds",
        "",
        "How long ago the oldest job that has not ended was accepted.",
        "max",
    ),
    _gauge(
        "brainwav_jobs_waiting_bytes",
        "bytes",
        "",
        "Documents of jobs that wait on disk.",
        "max",
    ),
    _gauge("brainwav_index_waiting_documents", "documents", "", "Documents waiting for a commit."),
    _histogram(
        "brainwav_index_commit_seconds",
        "seconds",
        "",
        histogram_buckets.LATENCY_S,
        "One commit of waiting documents.",
    ),
    _counter(
        "brainwav_index_maintenance_total",
        "rounds",
        "outcome",
        "Rounds of upkeep that did a thing.",
    ),
    _counter(
        "brainwav_memory_operations_total",
        "documents",
        "operation source",
        "Documents upserted or deleted, by memory: STM, LTM, or - where it is not known.",
    ),
    _gauge(
        "brainwav_memory_size_bytes",
        "bytes",
        "",
        "The index on disk; absent on object stores.",
        "max",
    ),
)
_PLANNING = (
    _counter("brainwav_planning_requests_total", "runs", "strategy status", "Runs by their end."),
    _histogram(
        "brainwav_planning_duration_seconds",
        "seconds",
        "strategy",
        histogram_buckets.LONG_S,
        "A run from its order to its answer.",
    ),
    _histogram(
        "brainwav_tot_branches_generated",
        "branches",
        "strategy",
        histogram_buckets.ITEMS,
        "Thoughts that a run tried.",
    ),
    _counter("brainwav_tot_prunes_total", "nodes", "reason", "Nodes given up, by reason."),
    _counter("brainwav_planning_tool_calls_total", "calls", "", "Tool calls of runs."),
    _counter(
        "brainwav_planning_degraded_total",
        "runs",
        "",
        "Runs whose engine was not the one asked for.",
    ),
    _counter("brainwav_reflection_requests_total", "reflections", "status", "Reflections by end."),
    _histogram(
        "brainwav_reflection_quality_score",
        "ratio",
        "",
        histogram_buckets.RATIOS,
        "Quality that reflection found, 0 to 1.",
    ),
    _counter(
        "brainwav_improvements_applied_total",
        "revisions",
        "",
        "Revisions that were better and kept.",
    ),
)
_ENERGY = (
    _counter(
        "brainwav_energy_joules_total",
        "joules",
        "part",
        "What the meter read: requests, overhead and idle add up to it.",
    ),
    _counter(
        "brainwav_request_energy_joules_total", "joules", "endpoint", "Settled energy of requests."
    ),
    _counter("brainwav_carbon_grams_total", "grams", "", "Emissions, as CO2 equivalent."),
    _gauge(
        "brainwav_energy_conservation_error_joules",
        "joules",
        "",
        "Requests + overhead + idle less what the meter read.",
    ),
    _gauge(
        "brainwav_energy_estimate_bias_ratio",
        "ratio",
        "",
        "Joules told in headers over joules settled, less one.",
        "max",
    ),
    _gauge("brainwav_power_watts", "watts", "", "Mean power of the last ten seconds."),
    _gauge("brainwav_low_power_mode", "1 or 0", "mode", "1 for the mode in force.", "max"),
)
_SLO = (
    _counter(
        "brainwav_slo_valid_total",
        "requests",
        "objective",
        "Requests that an objective judged; alert rules read these two.",
    ),
    _counter("brainwav_slo_bad_total", "requests", "objective", "Of them, those it found bad."),
    _gauge(
        "brainwav_slo_compliance_ratio",
        "ratio",
        "objective",
        "Good of valid requests over the budget's window; absent without traffic.",
        "max",
    ),
    _gauge(
        "brainwav_slo_error_budget_remaining_ratio",
        "ratio",
        "objective",
        "What is left of the error budget; below 0 it is overspent.",
        "max",
    ),
    _gauge(
        "brainwav_slo_burn_rate",
        "ratio",
        "objective window",
        "Speed at which the budget is spent; 1 spends it exactly within its window.",
        "max",
    ),
)
_STATE = (
    _gauge(
        "brainwav_state_written",
        "1 or 0",
        "component",
        "1 while a component can write its file of state; at 0 memory has the truth, and a restart "
        "would lose what changed since.",
        "min",
    ),
    _counter(
        "brainwav_state_write_failures_total",
        "writes",
        "component",
        "Writes to a file of state that failed: a full disk, a lock.",
    ),
    _counter(
        "brainwav_hub_numbers_refused_total",
        "numbers",
        "",
        "Numbers of pushes that the hub left out because they cannot be.",
    ),
)
_SELF = (
    _counter("brainwav_process_cpu_seconds_total", "seconds", "component", "CPU time of replicas."),
    _gauge("brainwav_process_resident_bytes", "bytes", "component", "Resident memory of replicas."),
    _gauge(
        "brainwav_process_held_bytes",
        "bytes",
        "component",
        "Memory of replicas' own, child processes included: what their bounds count.",
    ),
    _gauge(
        "brainwav_process_memory_bound_bytes",
        "bytes",
        "component",
        "What replicas may hold together; a replica above its own is replaced.",
    ),
    _counter(
        "brainwav_log_lines_dropped_total", "lines", "", "Log lines that could not be written."
    ),
    _counter("brainwav_slow_operations_total", "operations", "operation", "Slower than expected."),
    _gauge(
        "brainwav_replicas_reporting", "replicas", "component", "Replicas whose figures are fresh."
    ),
    _gauge(
        "brainwav_snapshot_age_seconds",
        "seconds",
        "",
        "Age of the oldest figure in here.",
        "max",
    ),
    _gauge(
        "brainwav_hub_start_time_seconds",
        "seconds",
        "",
        "Unix time since which counters only grow.",
        "max",
    ),
)

METRICS: tuple[Metric, ...] = (
    *_HTTP,
    *_CALLS,
    *_EMBED,
    *_SEARCH,
    *_INDEX,
    *_PLANNING,
    *_ENERGY,
    *_SLO,
    *_STATE,
    *_SELF,
)
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
