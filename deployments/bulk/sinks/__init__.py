"""Where a bulk job's vectors go."""
