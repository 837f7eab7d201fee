"""What the MetricsHub does, without Ray."""
