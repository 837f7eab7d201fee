"""Benches against hostile callers."""
