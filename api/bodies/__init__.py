"""Bodies of requests, read within bounds of size, shape, memory and time."""
