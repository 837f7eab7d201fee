"""Bulk jobs: many items through the running deployments, by Ray handles instead of HTTP."""
