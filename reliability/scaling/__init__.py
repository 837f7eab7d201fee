"""How many replicas hold the objective."""

DOORS = ("policy",)
