"""Fair shares and safe edges: token buckets, leases, client addresses, keys, deadlines."""
