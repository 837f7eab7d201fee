"""Reading a goal: from words to items, conditions and relations."""

DOORS = ("clauses", "read", "reading")
