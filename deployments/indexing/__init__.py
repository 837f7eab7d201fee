"""What the IndexWriter does, without Ray: writes in groups, pauses, maintenance, its books."""

DOORS = (
    "changes",
    "index_metrics",
    "maintenance_rounds",
    "search_metrics",
    "write_pause",
    "write_queue",
    "write_service",
)
