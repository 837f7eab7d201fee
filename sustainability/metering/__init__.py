"""Joules measured, shared out by work, and kept."""

DOORS = (
    "accounts",
    "counter",
    "estimate",
    "kept_requests",
    "ledger",
    "messages",
    "meter",
    "recent",
)
