"""A namespace that is not there, and those of like names that its caller may use."""

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice

from api.errors import BadRequest

MOST_NEAR = 3
MOST_COMPARED = 1000
"""Names are compared by their letters, which takes a while."""


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
    begins = [other for other in usable if other.startswith(name) or name.startswith(other)]
    alike = get_close_matches(name, list(islice(usable, MOST_COMPARED)), MOST_NEAR)
    return list(dict.fromkeys([*alike, *begins]))[:MOST_NEAR]
