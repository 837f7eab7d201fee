"""Tools that a plan may call, what they yield, and the port to the index behind them."""

DOORS = (
    "backend_toolbox",
    "evidence",
    "grouping",
    "operators",
    "port",
    "registry",
    "summary",
    "tool",
)
