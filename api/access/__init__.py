"""The door: who asks, from where, for what, and how often."""
