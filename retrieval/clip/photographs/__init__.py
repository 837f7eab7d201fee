"""Photographs by their things: a network of 1,000 classes, and what the classes mean as vectors."""

DOORS = ("efficientnet", "gate", "table", "tower")
