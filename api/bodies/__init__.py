"""Bodies of requests, read within bounds of size, shape, memory and time."""

DOORS = (
    "account",
    "body_limit",
    "body_pace",
    "bounded_route",
    "content_encoding",
    "decoding",
    "json_body",
    "json_shape",
    "limits",
    "picture_urls",
    "reading_turns",
    "strict_route",
    "turns",
)
