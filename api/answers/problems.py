"""What is wrong with a body, in the words of its sender: every place exists, and is told once.

Pydantic names the branches of a union (`input.str`, `input.list[str]`) as if they were places.
Here only those parts of a place stay that lead into the body, and what was said of one place by
several branches becomes one problem.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.errors import place_of, shown

OF_ABSENT = frozenset({"missing", "extra_forbidden"})
"""Errors that name a member which is not there, or which is not expected."""

OF_OBJECTS = frozenset({"model_type", "model_attributes_type", "dict_type"})
"""Pydantic would name classes of ours, or Python's dictionaries."""


@dataclass(frozen=True, slots=True)
class _Found:
    place: tuple[Any, ...]
    of_branch: bool
    message: str
    value: object


def problems_of(errors: Sequence[Mapping[str, Any]], body: object, most: int) -> list[dict]:
    """Return the first problems of a request, each `{where, message, value?}`.

    Args:
        errors: Pydantic's.
        body: What was sent, decoded.
        most: So many are told.
    """
    found = [_found(error, body) for error in errors[: 4 * most]]
    deepest = [item for item in found if not _is_outdone(item, found)]
    by_place: dict[tuple[Any, ...], list[_Found]] = {}
    for item in deepest:
        by_place.setdefault(item.place, []).append(item)
    return [_told(place, items) for place, items in by_place.items()][:most]


def _found(error: Mapping[str, Any], body: object) -> _Found:
    if error["type"] == "json_invalid":
        # Its place is a position in the body, not a field.
        return _Found((), False, f"not JSON at character {error['loc'][-1]}", None)
    source, *parts = error["loc"]
    if source != "body":
        place = (source, *parts)
        return _Found(place, False, _message(error), error.get("input"))
    place = _in_body(parts, body, error["type"] in OF_ABSENT)
    return _Found(place, len(place) < len(parts), _message(error), error.get("input"))


def _in_body(parts: Sequence[Any], body: object, names_absent: bool) -> tuple[Any, ...]:
    place: list[Any] = []
    node = body
    for at, part in enumerate(parts):
        if _leads_into(node, part):
            node = node[part]  # type: ignore[index]
            place.append(part)
        elif names_absent and at == len(parts) - 1:
            place.append(part)
    return tuple(place)


def _leads_into(node: object, part: object) -> bool:
    if isinstance(node, list):
        return isinstance(part, int) and part < len(node)
    return isinstance(node, Mapping) and part in node


def _is_outdone(item: _Found, others: Iterable[_Found]) -> bool:
    """Whether another branch of the same union came further into the body."""
    length = len(item.place)
    return item.of_branch and any(
        other.of_branch and len(other.place) > length and other.place[:length] == item.place
        for other in others
    )


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] in OF_OBJECTS:
        return "Input should be an object"
    return error["msg"].removeprefix("Value error, ")


def _told(place: tuple[Any, ...], items: Sequence[_Found]) -> dict[str, Any]:
    messages = dict.fromkeys(item.message for item in items)
    problem: dict[str, Any] = {"where": place_of(place) or "body"}
    problem["message"] = "; or: ".join(messages)
    if isinstance(items[0].value, str | int | float | bool):
        problem["value"] = shown(items[0].value)
    return problem
