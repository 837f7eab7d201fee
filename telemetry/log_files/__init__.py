"""Log lines on disk: how they are written, what never stands in them, how they are found again."""

DOORS = ("call_lines", "log_file", "redaction", "request_lines")
