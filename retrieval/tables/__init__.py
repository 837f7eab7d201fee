"""What the columns of a table hold, where its format says nothing of types."""

DOORS = ("column", "names", "typing")
