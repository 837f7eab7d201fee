"""Bodies of requests and answers; unknown fields are refused by name."""
