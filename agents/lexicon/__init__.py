"""Words: how they compare, what an index calls things, which documents are our own."""
