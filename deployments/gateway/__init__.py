"""What an Ingress replica needs of the rest of the graph."""

DOORS = ("backend", "bucket_authority", "http_host", "limit_metrics", "request_journal")
