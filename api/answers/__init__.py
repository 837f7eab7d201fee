"""How answers are written and, where they cost something, made once for many."""
