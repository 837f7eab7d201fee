"""What a service tells of itself, asked for once; what it refuses is kept in its own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

PARTS: Mapping[str, str] = {
    "energy": "/sustainability",
    "slo": "/slo",
    "history": "/slo/history?over=1d",
    "health": "/health",
    "models": "/v1/models",
    "limits": "/limits",
    "metrics": "/metrics",
}
"""Each part of a report and where it comes from."""


@dataclass(frozen=True, slots=True)
class GatheredReport:
    """Answers by part; a part is in one of the two."""

    told: Mapping[str, Any]
    refused: Mapping[str, str]


def gathered(client: httpx.Client) -> GatheredReport:
    """Ask for every part.

    Raises:
        httpx.HTTPError: Nobody answers.
    """
    told, refused = {}, {}
    for part, where in PARTS.items():
        answer = client.get(where)
        if answer.is_success:
            told[part] = answer.text if part == "metrics" else answer.json()
        elif part == "health" and _is_report(answer):
            # 503 with all of its figures: a component does not answer.
            told[part] = answer.json()
        else:
            refused[part] = f"{answer.status_code}: {_said(answer)}"
    return GatheredReport(told, refused)


def _is_report(answer: httpx.Response) -> bool:
    try:
        return "components" in answer.json()
    except (ValueError, TypeError):
        return False


def _said(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return " ".join(answer.text[:300].split())
