"""Encoders for text and pictures; the only place that imports torch."""

DOORS = (
    "comparable",
    "device_memory",
    "encoder",
    "errors",
    "picture_cost",
    "precision",
    "runtime",
    "sentence_spec",
    "tower_protocol",
    "weights_file",
)
