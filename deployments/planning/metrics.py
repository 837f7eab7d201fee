"""Figures of finished runs as metrics and as one line each in the log."""

from dataclasses import asdict

from agents.run_metrics import CountRun, PlanMetrics, ReflectMetrics, RunMetrics
from telemetry.logs import get_logger
from telemetry.registry import Registry

log = get_logger()


def counting(registry: Registry) -> CountRun:
    """Return what counts runs into a registry and tells of them."""

    def count(figures: RunMetrics) -> None:
        if isinstance(figures, PlanMetrics):
            _plan(registry, figures)
        else:
            _reflection(registry, figures)

    return count


def _plan(registry: Registry, figures: PlanMetrics) -> None:
    strategy = figures.strategy
    registry.add("brainwav_planning_requests_total", strategy, figures.status)
    registry.observe("brainwav_planning_duration_seconds", strategy, value=figures.duration_s)
    registry.observe("brainwav_tot_branches_generated", strategy, value=figures.branches)
    registry.add("brainwav_tot_prunes_total", "pruned", by=figures.pruned)
    registry.add("brainwav_tot_prunes_total", "failed", by=figures.failed)
    registry.add("brainwav_planning_tool_calls_total", by=figures.tool_calls)
    registry.add("brainwav_planning_degraded_total", by=float(figures.status == "degraded"))
    log.info("plan.done", **asdict(figures))


def _reflection(registry: Registry, figures: ReflectMetrics) -> None:
    registry.add("brainwav_reflection_requests_total", figures.status)
    if figures.quality is not None:
        registry.observe("brainwav_reflection_quality_score", value=figures.quality)
    registry.add("brainwav_improvements_applied_total", by=figures.improvements)
    log.info("reflection.done", **asdict(figures))
