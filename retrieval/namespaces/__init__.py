"""A namespace as a whole: its figures and its map."""

DOORS = ("map", "statistics")
