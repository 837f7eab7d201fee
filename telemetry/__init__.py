"""What the service tells of itself: metrics, log lines and the context they share."""
