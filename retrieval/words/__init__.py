"""What words a text is found by: one analysis for the index and for what is asked of it."""

DOORS = ("corrected", "folding", "highlighting", "misspelt", "settings", "terms", "written")
