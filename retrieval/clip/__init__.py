"""Encoders for text and pictures; the only place that imports torch."""
