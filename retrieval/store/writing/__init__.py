"""The write side of an index: one writer, its fence, its maintenance."""

DOORS = ("maintenance_run", "writer")
