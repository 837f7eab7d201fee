"""Writes that outlast their requests: kept on disk, worked off in pieces, resumed after a kill."""

DOORS = ("service", "writing")
