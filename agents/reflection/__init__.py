"""Looking again at a plan or an answer, and mending it once."""

DOORS = ("reflect", "request")
