"""What every replica does beside its work: numbers, log lines, memory, its end."""

DOORS = (
    "allocator",
    "base",
    "draining",
    "observed",
    "pushes",
    "recent_calls",
    "serve_logs",
    "state_files",
)
