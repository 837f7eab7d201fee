"""An answer with many vectors, written slice by slice while others are served."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from api.answers.responses import encoded
from api.bodies.turns import Turns
from retrieval.documents import Vectors

SLICE_ITEMS = 32
"""Written in one go, in less than a millisecond."""


async def with_list(
    content: Mapping[str, Any],
    name: str,
    rows: Sequence[Any] | Vectors,
    told: Callable[[int, Any], Any],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a JSON answer.

    Args:
        content: All members but one.
        name: Of the member that is a list.
        rows: What its items are made of.
        told: Makes an item of its number and row.
        headers: Beside those of every answer.
    """
    pieces, turns = [], Turns()
    for start in range(0, len(rows), SLICE_ITEMS):
        await turns.step()
        part = rows[start : start + SLICE_ITEMS]
        items = [told(number, row) for number, row in enumerate(part, start)]
        pieces.append(encoded(items)[1:-1])
    before = encoded(dict(content))[:-1] + b"," + encoded(name) + b":["
    body = before + b",".join(pieces) + b"]}"
    return Response(body, headers=dict(headers or {}), media_type="application/json")
