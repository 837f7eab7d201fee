"""How the table of classes for photographs is made: words by WordNet, vectors by MiniLM."""
