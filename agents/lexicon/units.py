"""Units as people say them: what they measure, and how many base units one is.

Of the language, not of any index: a field's own unit is read from its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """``factor`` base units of ``dimension``; amounts convert only within one dimension."""

    dimension: str
    factor: float


_TABLE: dict[str, dict[float, str]] = {
    "eur": {1: "euro euros eur €", 0.01: "cent cents"},
    "usd": {1: "dollar dollars usd $"},
    "gbp": {1: "pound pounds gbp £"},
    "chf": {1: "franc francs chf franken"},
    "time": {
        1: "second seconds sec secs s",
        60: "minute minutes min mins minuten",
        3600: "hour hours hr hrs h stunde stunden",
        86400: "day days",
    },
    "length": {
        0.001: "mm millimetre millimetres millimeter millimeters",
        0.01: "cm centimetre centimetres centimeter centimeters",
        0.0254: "inch inches",
        0.3048: "foot feet ft",
        0.9144: "yard yards",
        1: "m metre metres meter meters",
        1000: "km kilometre kilometres kilometer kilometers",
        1609.344: "mile miles",
    },
    "mass": {
        0.001: "mg milligram milligrams",
        1: "g gram grams gramme grammes gramm",
        1000: "kg kilo kilos kilogram kilograms kilogramm",
        28.349523: "ounce ounces oz",
        453.59237: "lb lbs",
    },
    "energy": {
        1: "kcal calorie calories kilocalorie kilocalories",
        0.2390057: "kj kilojoule kilojoules",
    },
    "data": {
        0.001: "kb kilobyte kilobytes",
        1: "mb megabyte megabytes",
        1000: "gb gigabyte gigabytes",
    },
    "area": {
        1: "m2 m² m-2 sqm qm square-metre square-metres square-meter square-meters sq-m",
        0.09290304: "sq-ft sqft square-foot square-feet",
        10000: "hectare hectares ha",
    },
}
UNITS: dict[str, Unit] = {
    word: Unit(dimension, factor)
    for dimension, factors in _TABLE.items()
    for factor, words in factors.items()
    for word in words.split()
}
"""By the word; two words are joined by a hyphen."""

CURRENCIES = frozenset(("eur", "usd", "gbp", "chf"))
SIGNS = "€$£"
NUMERALS: dict[str, int] = {
    word: value
    for value, word in enumerate(
        """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen twenty""".split(),
        start=1,
    )
} | {
    word: value * 10
    for value, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), start=3)
}
MULTIPLES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12, "k": 1000}


def unit_at(words: Sequence[str], at: int) -> tuple[Unit, int] | None:
    """Return the unit that begins at a word, and how many words it takes; two before one."""
    for size in (2, 1):
        said = "-".join(word.lower() for word in words[at : at + size])
        if len(words) >= at + size and said in UNITS:
            return UNITS[said], size
    return None
