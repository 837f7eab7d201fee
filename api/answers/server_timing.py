"""Where an answer's time went, as browsers show it (`Server-Timing`)."""

import re
from collections.abc import Mapping

HEADER = "Server-Timing"
_NO_TOKEN = re.compile(r"[^A-Za-z0-9_-]")


def server_timing(durations_s: Mapping[str, float]) -> dict[str, str]:
    """Return the header; parts may run side by side, so they need not add up."""
    told = (
        f"{_NO_TOKEN.sub('-', name)};dur={max(0.0, took_s) * 1000:.3f}"
        for name, took_s in durations_s.items()
    )
    return {HEADER: ", ".join(told)}
