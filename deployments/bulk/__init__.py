"""Bulk jobs: many items through the running deployments, by Ray handles instead of HTTP."""

DOORS = ("arguments", "connection", "dry_run", "embed_job", "index_job", "reembed")
