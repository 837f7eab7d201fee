"""Documents, filters, fusion and the store: everything that finds things, without Ray or HTTP."""
