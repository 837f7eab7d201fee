"""Phrases of a goal, each read by itself: amounts, days, orders, comparisons, values."""

DOORS = (
    "aggregates",
    "alternatives",
    "amounts",
    "comparisons",
    "contents",
    "dates",
    "facets",
    "likeness",
    "numbers",
    "orders",
    "relations",
)
