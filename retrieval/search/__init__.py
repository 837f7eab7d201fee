"""Searching as arithmetic: what is asked, how lists are ranked, calibrated and fused."""

DOORS = (
    "calibration",
    "fusion",
    "query_encoding",
    "query_vectors",
    "ranking",
    "recency",
    "request",
)
