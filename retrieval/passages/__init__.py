"""Long texts in passages: what a text model reads at once, each with its place in the text."""

DOORS = ("cutting", "sections")
