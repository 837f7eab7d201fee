"""Answers to those who run the service: health, objectives, energy, limits, logs, the audit log."""

DOORS = ("audit", "energy", "health", "oversight", "slo")
