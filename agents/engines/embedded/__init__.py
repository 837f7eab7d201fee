"""The engine without a language model: thoughts from the index's own vocabulary and evidence."""

DOORS = ("engine", "moves")
