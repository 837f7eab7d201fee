"""A namespace that is not there, and those of like names that its caller may use."""

from collections.abc import Sequence
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice

from api.errors import BadRequest

MOST_NEAR = 3
MOST_LOOKED_AT = 1000
MOST_COMPARED = 16
"""Of those that begin most alike, and of those that end so: comparing two names letter by letter
takes a tenth of a millisecond."""


def unknown_namespace(name: str, usable: Sequence[str]) -> BadRequest:
    """Return the refusal.

    Args:
        name: As it was asked for.
        usable: Those that exist and that the caller may use; of others nothing is told.
    """
    near = near_names(name, usable)
    meant = f"; is {' or '.join(map(repr, near))} meant?" if near else ""
    return BadRequest(
        f"there is no namespace {name!r}: the first write into it makes it{meant}",
        "unknown_namespace",
        {"where": "namespace", "value": name, "near": near},
        404,
    )


def near_names(name: str, usable: Sequence[str]) -> list[str]:
    """Return the likeliest of the names, best first."""
    known = list(islice(usable, MOST_LOOKED_AT))
    by_start = nlargest(MOST_COMPARED, known, key=lambda other: _shared(name, other))
    by_end = nlargest(MOST_COMPARED, known, key=lambda other: _shared(name[::-1], other[::-1]))
    alike = get_close_matches(name, list(dict.fromkeys([*by_start, *by_end])), MOST_NEAR)
    begin = [other for other in by_start if other.startswith(name) or name.startswith(other)]
    return list(dict.fromkeys([*alike, *begin]))[:MOST_NEAR]


def _shared(one: str, other: str) -> int:
    """Return how many letters two names have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (here, there) in pairs if here != there), min(len(one), len(other)))
