"""A name that stands twice in an object, found to be told."""

import json
from typing import Any, NoReturn

from api.errors import BadRequest, at

NAMED_BYTES = 128 * 1024
"""Of a body whose doubled name is looked for; in a larger one it is only known to be there."""


def refuse_doubled_name(body: bytearray, is_as_sent: bool) -> NoReturn:
    """Refuse a body, and name what stands in it twice where it is small enough to look.

    Args:
        is_as_sent: Parsing it by slices leaves nothing to look at.

    Raises:
        BadRequest: Always.
    """
    name = _doubled_name(body) if is_as_sent and len(body) <= NAMED_BYTES else None
    raise BadRequest(
        "the body has two members of one name" + ("" if name is None else f": {name!r:.80}"),
        "duplicate_key",
        at("body", name),
    )


def _doubled_name(body: bytearray) -> str | None:
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                found.append(name)
            seen.add(name)

    json.loads(body.decode(), object_pairs_hook=look)
    return found[0][:80] if found else None
