"""How many replicas hold the objective."""
