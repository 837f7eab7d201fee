"""Commands that use a running service."""

DOORS = ()
