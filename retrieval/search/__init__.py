"""Searching as arithmetic: what is asked, how lists are ranked, calibrated and fused."""

DOORS = (
    "calibration",
    "diversity",
    "facets",
    "fusion",
    "groups",
    "kinds",
    "order",
    "products",
    "query_encoding",
    "query_vectors",
    "ranking",
    "recency",
    "relevance",
    "request",
    "several",
    "suggestion",
)
