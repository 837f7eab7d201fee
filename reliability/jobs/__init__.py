"""Writes that outlast their requests: what became of each, kept over restarts."""
