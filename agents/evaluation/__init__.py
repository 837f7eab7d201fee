"""How good evidence, plans and answers are, and what is wrong with them."""
