"""Filters on documents: parsed, as index expressions, and as plain Python."""
