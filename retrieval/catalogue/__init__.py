"""A product catalogue drawn by rule: the demonstration's data and the small tower's lessons."""

DOORS = ("drawing", "products")
