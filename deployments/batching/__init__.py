"""Many callers, one forward pass or one commit: batches, their bounds, their order."""

DOORS = ("batch", "batcher")
