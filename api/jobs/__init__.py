"""Writes that become jobs: when one does, what is kept of its documents, how it is told of."""

DOORS = ("draft_records", "job_answers", "job_orders", "preference")
