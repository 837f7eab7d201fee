"""The read side of an index: legs over the latest commit."""

DOORS = ("reader", "readers")
