"""The template of a path before it is routed: metrics and budgets know routes, not paths."""

import re
from collections.abc import Iterable

from starlette.routing import BaseRoute, Route

UNMATCHED = "unmatched"
"""Whatever is no route: one label for all of it, or a scanner would fill the memory."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_STATIC = "/static-offline-docs"


class RouteTemplates:
    """Finds the template of a path among an application's routes."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._exact: set[str] = set()
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        for route in routes:
            if not isinstance(route, Route):
                continue
            if "{" in route.path:
                # Without a converter: `{id:path}` is `{id}` wherever routes are named.
                self._patterns.append((route.path_regex, route.path_format))
            else:
                self._exact.add(route.path)

    def of(self, path: str) -> str:
        """Return the template, or ``unmatched``."""
        if path in self._exact:
            return path
        for pattern, template in self._patterns:
            if pattern.match(path):
                return template
        return _STATIC if path.startswith(_STATIC) else UNMATCHED


def method_label(method: str) -> str:
    """Return a method as a label; what HTTP does not know is OTHER."""
    return method if method in METHODS else "OTHER"
