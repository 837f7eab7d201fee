"""The page of metrics, from their table."""

from scripts.reference.markdown import page, table
from telemetry.metric_table import METRICS

INTRO = """`GET /metrics` has them summed over all replicas, Ray's own metrics as `ray_<name>`.
How they come about and how far they can be trusted:
[observability](../explanation/observability.md)."""


def metrics() -> str:
    """Return the page."""
    rows = [
        (f"`{m.name}`", m.kind, m.unit, ", ".join(m.labels), m.sentence.replace("|", "\\|"))
        for m in METRICS
    ]
    columns = ("name", "kind", "unit", "labels", "what")
    return page("Metrics", "`telemetry/metric_table.py`", INTRO, table(columns, rows))
