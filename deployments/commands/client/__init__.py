"""Commands that use a running service."""
