"""Whether the places that an error names are in the body that was sent."""

from collections.abc import Mapping
from typing import Any

ELSEWHERE = ("query.", "header.", "path.", "cookie.")
LONGEST = 80
"""A longer name is cut in the place."""


def lost_places(answer: object, body: object) -> list[str]:
    """Return those places of an error that lead nowhere.

    The last part may be missing: it names what should be there, or what was asked of it.
    """
    details = answer.get("error", {}).get("details", {}) if isinstance(answer, dict) else {}
    places = [details.get("where"), *(item.get("where") for item in details.get("errors", ()))]
    named = [place for place in places if place and place != "body"]
    return [
        place
        for place in named
        if not place.startswith(ELSEWHERE) and "…" not in place and not _leads(place, body)
    ]


def told_twice(answer: dict[str, Any]) -> bool:
    """Whether a message names its place more than once; a short one may be a word of it."""
    error = answer["error"]
    where = error["details"].get("where") or ""
    return "." in where and error["message"].count(where) > 1


def _leads(place: str, node: Any) -> bool:
    if isinstance(node, list):
        index, _, rest = place.partition(".")
        inside = index.isdigit() and int(index) < len(node)
        return inside and (not rest or _leads(rest, node[int(index)]))
    if not isinstance(node, Mapping):
        return False
    # A name may hold a point itself.
    for name, value in node.items():
        if name[:LONGEST] == place[: len(name[:LONGEST])]:
            rest = place[len(name[:LONGEST]) :]
            if not rest or (rest.startswith(".") and _leads(rest[1:], value)):
                return True
    return "." not in place
