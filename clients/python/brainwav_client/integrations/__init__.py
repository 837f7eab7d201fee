"""The service as a part of others' frameworks; each module needs its framework."""
