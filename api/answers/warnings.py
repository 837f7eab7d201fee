"""What was cut or ignored, in a header, where the body's shape is somebody else's contract."""

import json
from collections.abc import Mapping, Sequence

HEADER = "X-Brainwav-Warnings"
MOST_TOLD = 10
"""Proxies and clients bound headers to a few kilobytes; the rest is counted."""

WarningTexts = Mapping[str, str]
"""``code``, ``message`` and ``where``, as in bodies."""


def warnings_header(warnings: Sequence[WarningTexts]) -> dict[str, str]:
    """Return the header, JSON in ASCII; nothing where there is nothing to tell."""
    if not warnings:
        return {}
    told = [dict(warning) for warning in warnings[:MOST_TOLD]]
    left = len(warnings) - len(told)
    if left:
        message = f"{left} more warnings are not told here"
        told.append({"code": "more_warnings", "message": message, "where": ""})
    return {HEADER: json.dumps(told, separators=(",", ":"))}
