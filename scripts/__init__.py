"""Benches, examples and tools for this repository; nothing here is shipped in the wheel."""
