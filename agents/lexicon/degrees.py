"""Words of degree: "cheaper", "newest", "longer than", and which kind of field they speak of.

Of the English language, not of any index. A concept is a set of words that a field's name
may have, or the dimension of its unit.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.lexicon.words import stem


@dataclass(frozen=True, slots=True)
class Degree:
    """``concept`` is "" where another word must say which field; ``up`` means more of it."""

    concept: str
    up: bool


_ADJECTIVES: dict[tuple[str, bool], str] = {
    ("price", True): "expensive pricey dear costly",
    ("price", False): "cheap inexpensive affordable economical",
    ("extent", True): "long lengthy",
    ("extent", False): "short brief",
    ("size", True): "large big huge spacious roomy great",
    ("size", False): "small little tiny compact",
    ("date", True): "new recent late fresh young",
    ("date", False): "old early ancient",
    ("mass", True): "heavy",
    ("mass", False): "light",
    ("time", True): "slow",
    ("time", False): "fast quick speedy",
    ("length", True): "far distant remote",
    ("length", False): "near close",
    ("rating", True): "good popular",
    ("rating", False): "bad",
    ("", True): "high much many",
    ("", False): "low few less little",
}
_IRREGULAR: dict[tuple[str, bool], str] = {
    ("rating", True): "better best",
    ("rating", False): "worse worst",
    ("", True): "more most maximum highest",
    ("", False): "less least fewer fewest minimum lowest",
    ("length", True): "farther farthest further furthest",
}


def _forms(adjective: str) -> tuple[str, str, str]:
    """Return an adjective, its comparative and its superlative as the rules make them."""
    if adjective.endswith("ey"):
        return adjective, adjective[:-2] + "ier", adjective[:-2] + "iest"
    if adjective.endswith("y"):
        return adjective, adjective[:-1] + "ier", adjective[:-1] + "iest"
    if adjective.endswith("e"):
        return adjective, adjective + "r", adjective + "st"
    doubled = adjective + adjective[-1] if adjective in ("big",) else adjective
    return adjective, doubled + "er", doubled + "est"


PLAIN: dict[str, Degree] = {}
COMPARATIVES: dict[str, Degree] = {}
SUPERLATIVES: dict[str, Degree] = {}
for (_concept, _up), _words in _ADJECTIVES.items():
    for _word in _words.split():
        for _table, _form in zip((PLAIN, COMPARATIVES, SUPERLATIVES), _forms(_word), strict=True):
            _table.setdefault(_form, Degree(_concept, _up))
for (_concept, _up), _words in _IRREGULAR.items():
    for _word in _words.split():
        _ends = _word.endswith(("st", "imum"))
        (SUPERLATIVES if _ends else COMPARATIVES)[_word] = Degree(_concept, _up)

CONCEPTS: dict[str, tuple[str, ...]] = {
    "price": ("price", "cost", "fee", "fare", "rent", "charge"),
    "extent": ("page", "length", "duration", "word"),
    "size": ("area", "size", "volume", "surface", "portion"),
    "date": ("created", "added", "published", "listed", "released", "posted", "date", "arrived"),
    "rating": ("rating", "score", "stars", "grade"),
    "mass": ("weight", "mass"),
    "time": ("time", "duration"),
    "length": ("distance", "length"),
}
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "price": ("eur", "usd", "gbp", "chf"),
    "extent": ("time", "length"),
    "size": ("area", "data", "mass"),
    "mass": ("mass",),
    "time": ("time",),
    "length": ("length",),
}

SYNONYMS: tuple[frozenset[str], ...] = tuple(
    frozenset(stem(word) for word in group.split())
    for group in (
        "price cost costs costing priced expensive",
        "time duration take takes taking ready",
        "distance away far",
        "calorie calories kcal energy",
        "size big",
        "colour color",
        "kind type sort",
        "built construction constructed build",
        "rating rated score stars",
        "citation citations cited cite",
        "added created arrived arrive add came",
        "published publication appeared",
        "available free",
        "listed listing",
        "brand make maker manufacturer",
        "author authors writer by",
        "serving servings serves people persons person guests",
    )
)
"""Words that name the same field; a field has one of them in its name."""

DIMENSION_WORDS: dict[str, frozenset[str]] = {
    dimension: frozenset(stem(word) for word in words.split())
    for dimension, words in {
        "eur": "price cost costs",
        "usd": "price cost costs",
        "gbp": "price cost costs",
        "time": "time duration take takes taking ready",
        "length": "distance away far",
        "mass": "weight",
        "energy": "calories calorie kcal energy",
        "data": "size",
        "area": "area size surface",
    }.items()
}


def synonyms(word: str) -> frozenset[str]:
    """Return the stems that name the same field as a stem, itself too."""
    return next((group for group in SYNONYMS if word in group), frozenset((word,)))
