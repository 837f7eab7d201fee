"""How often and how many at once: token buckets, lent to replicas."""
