"""Where readings of energy come from."""
