"""The door: who asks, from where, for what, and how often."""

DOORS = (
    "admission",
    "hosts",
    "identity",
    "origins",
    "proxy_memory",
    "rate_settings",
    "route_rules",
    "route_templates",
    "scoped_backend",
)
