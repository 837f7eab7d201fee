"""What an Embedder replica does, without Ray: decoding, batching, caching, charging."""

DOORS = (
    "cheap_precision",
    "fair_turns",
    "metrics",
    "model_threads",
    "modes",
    "service",
    "setup",
    "thumbnails",
    "work_charges",
)
