"""Benches of words as people write them."""
