"""Yes and no, as programs write it in the languages of their users."""

from __future__ import annotations

from collections.abc import Collection

PAIRS: tuple[tuple[str, str], ...] = (
    ("true", "false"),
    ("wahr", "falsch"),
    ("vrai", "faux"),
    ("verdadero", "falso"),
    ("vero", "falso"),
    ("waar", "onwaar"),
    ("yes", "no"),
    ("ja", "nein"),
    ("oui", "non"),
    ("sí", "no"),
    ("si", "no"),
    ("ja", "nee"),
    ("ja", "nej"),
)
"""Single letters are none: `F` may be a size, `N` a direction."""
KNOWN = frozenset(word for pair in PAIRS for word in pair)
ALONE = frozenset({"no", "non", "si", "vero", "falso"})
"""Words that, as a column's only value, may well be something else: Norway, a name."""


def pair_of(words: Collection[str]) -> tuple[str, str] | None:
    """Return the pair that holds all of a column's words, in small letters, None if none does."""
    if len(words) == 1 and not ALONE.isdisjoint(words):
        return None
    return next((pair for pair in PAIRS if words and set(words) <= set(pair)), None)
