"""Faults under load: what `make chaos` runs."""
