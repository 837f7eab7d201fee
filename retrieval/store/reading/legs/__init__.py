"""Legs: the ways of searching one snapshot, side by side."""

DOORS = ("keyword", "leg", "vectors")
