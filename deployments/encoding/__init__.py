"""What an Embedder replica does, without Ray: decoding, batching, caching, charging."""

DOORS = ("cheap_precision", "metrics", "model_threads", "modes", "service", "setup", "work_charges")
