"""Routes that know their query parameters: another, or one that comes twice, is refused by name."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, get_origin

from fastapi import Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from api.errors import BadRequest, at

SHOWN_CHARACTERS = 80


class StrictRoute(APIRoute):
    """A route that reads nothing but what it documents; a test fails on a route that is none."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return the handler with the query looked at before it runs."""
        handle = super().get_route_handler()
        taken = {
            parameter.alias: get_origin(parameter.field_info.annotation) is list
            for parameter in get_flat_params(self.dependant)
            if isinstance(parameter.field_info, params.Query)
        }

        async def strict(request: Request) -> Response:
            if request.scope["query_string"]:
                check_query([name for name, _ in request.query_params.multi_items()], taken)
            return await handle(request)

        return strict


def check_query(names: Sequence[str], taken: dict[str, bool]) -> None:
    """Refuse query parameters.

    Args:
        names: As they were sent.
        taken: Those that are understood, and whether each may come more than once.

    Raises:
        BadRequest: ``unknown_parameter``, or ``duplicate_key``.
    """
    for name in names:
        if name not in taken:
            raise BadRequest(
                _unknown(name[:SHOWN_CHARACTERS], taken), "unknown_parameter", _at(name)
            )
    twice = next((name for name in taken if not taken[name] and names.count(name) > 1), None)
    if twice is not None:
        raise BadRequest(f"the query parameter {twice} comes twice", "duplicate_key", _at(twice))


def _unknown(name: str, taken: Iterable[str]) -> str:
    known = sorted(taken)
    if not known:
        return f"no query parameter {name!r} is taken here, nor any other"
    near = get_close_matches(name, known, 1)
    meant = f"; is {near[0]!r} meant?" if near else ""
    return f"no query parameter {name!r} is taken here; taken: {', '.join(known)}{meant}"


def _at(name: str) -> dict[str, Any]:
    return at(f"query.{name[:SHOWN_CHARACTERS]}")
