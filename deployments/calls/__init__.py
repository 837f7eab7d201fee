"""Calls from one deployment to another: whose request, how long, which errors come back."""

DOORS = ("call", "envelope", "late_writer", "neighbours", "read_path", "write_path")
