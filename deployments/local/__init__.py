"""One Ray cluster on this machine for `make up`: start it, deploy to it, stop just it."""

DOORS = (
    "cluster",
    "dashboard_sign_in",
    "ending",
    "environment",
    "log_lines",
    "processes",
    "rollout",
)
