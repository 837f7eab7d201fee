"""What a configuration may say of the service, and where it keeps its files."""

DOORS = ("exposure", "locations", "service", "tunables")
