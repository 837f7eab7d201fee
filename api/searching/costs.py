"""How many searches a search counts as."""

from collections.abc import Mapping
from typing import Any

from api.schemas.members.query_parts import MOST_PARTS


def cost_of(asked: object) -> int:
    """Return the cost of a body that may not have been looked at yet: each part is encoded.

    What will be refused costs at least one.
    """
    return max(1, _length(asked, "queries", MOST_PARTS))


def _length(asked: object, name: str, most: int) -> int:
    listed: Any = asked.get(name) if isinstance(asked, Mapping) else None
    return min(most, len(listed)) if isinstance(listed, list) else 0
