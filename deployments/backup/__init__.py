"""A backup of everything a service remembers, made while it runs, and the way back."""

DOORS = ("backup", "errors", "manifest", "places", "restore")
