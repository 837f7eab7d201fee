"""The read side of an index: legs over the latest commit."""

DOORS = ("maps", "reader", "readers", "statistics")
