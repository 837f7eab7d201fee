"""Bulk jobs: many items through the running deployments, by Ray handles instead of HTTP."""

DOORS = ("arguments", "connection", "doing", "dry_run", "folder_job", "into", "reembed")
