"""How often and how many at once: token buckets, lent to replicas."""

DOORS = (
    "authority",
    "bucket_file",
    "concurrency",
    "holdings",
    "lease_book",
    "leases",
    "limiter",
    "redis_buckets",
    "token_bucket",
)
