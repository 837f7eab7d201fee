"""Write docs/reference/metrics.md from the table of metrics."""

from pathlib import Path

from telemetry.metric_table import METRICS

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "reference" / "metrics.md"
HEAD = """# Metrics

Made from `telemetry/metric_table.py` by `scripts/dev/document_metrics.py`; a test fails when it is
stale.
`GET /metrics` has them summed over all replicas, Ray's own metrics as `ray_<name>`. How they come
about and how far they can be trusted: [observability.md](../explanation/observability.md).

| name | kind | unit | labels | what |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page as it should be."""
    rows = [
        f"| `{m.name}` | {m.kind} | {m.unit} | {', '.join(m.labels) or '–'} | {m.sentence} |"
        for m in METRICS
    ]
    return HEAD + "\n".join(rows) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page())
    print(f"wrote {PAGE.relative_to(PROJECT)}: {len(METRICS)} metrics")


if __name__ == "__main__":
    main()
