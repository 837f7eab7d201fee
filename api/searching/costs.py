"""How many searches a search counts as."""

from collections.abc import Mapping
from typing import Any

from api.schemas.members.query_parts import MOST_PARTS
from api.schemas.search import MOST_NAMESPACES


def cost_of(asked: object) -> int:
    """Return the cost of a body that may not have been looked at yet.

    Each part is encoded, each further namespace is searched too. What will be refused costs at
    least one.
    """
    parts = max(1, _length(asked, "queries", MOST_PARTS))
    return parts + max(1, _length(asked, "namespaces", MOST_NAMESPACES)) - 1


def _length(asked: object, name: str, most: int) -> int:
    listed: Any = asked.get(name) if isinstance(asked, Mapping) else None
    return min(most, len(listed)) if isinstance(listed, list) else 0
