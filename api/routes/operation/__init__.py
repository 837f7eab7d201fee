"""Routes for those who run the service: health, figures, energy, limits, logs, the audit log."""

DOORS = ("audit", "figures", "health", "oversight", "sustainability")
