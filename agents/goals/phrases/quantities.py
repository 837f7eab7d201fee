"""Amounts in a goal: "20", "350 000 €", "half an hour", "a dozen", "0,3 kg"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.lexicon.units import CURRENCIES, MULTIPLES, NUMERALS, SIGNS, UNITS, Unit, unit_at
from agents.lexicon.words import Word

_DIGITS = re.compile(r"\d{1,15}(?:[.,]\d{1,15}){0,4}")
_GROUP = re.compile(r"\d{3}")
_ARTICLES = ("a", "an", "one")
_PARTS = {"half": 0.5, "quarter": 0.25}
_AND_A_HALF = ["and", "a", "half"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit; ``readings`` has the likelier one first ("250.000" has two)."""

    readings: tuple[float, ...]
    unit: Unit | None
    start: int
    end: int
    """One behind the last word."""
    bare: bool
    """Only a numeral, which may as well count things."""


def quantity_at(goal: str, words: Sequence[Word], at: int) -> Quantity | None:
    """Return the amount that begins at a word, None if there is none."""
    said = [word.text.lower() for word in words[at : at + 8]]
    number = _number(goal, words, said, at)
    if number is None:
        return None
    readings, used = number
    if said[used : used + 3] == _AND_A_HALF:
        readings, used = tuple(value + 0.5 for value in readings), used + 3
    multiples = 1
    while used < len(said) and said[used] in MULTIPLES:
        multiples *= MULTIPLES[said[used]]
        used += 1
    unit = unit_at(said, used)
    sign = _sign(goal, words, at, at + used)
    if unit is None and used == 1 and said[0] in ("a", "an"):
        return None
    end = at + used + (unit[1] if unit else 0)
    if unit and [word.text.lower() for word in words[end : end + 3]] == _AND_A_HALF:
        readings, end = tuple(value + 0.5 for value in readings), end + 3
    values = tuple(value * multiples for value in readings)
    found = unit[0] if unit else sign or _before(words, at)
    return Quantity(values, found, at, end, found is None and multiples == 1)


def _before(words: Sequence[Word], at: int) -> Unit | None:
    """Return a currency that is written before its amount: "EUR 20"."""
    unit = UNITS.get(words[at - 1].text.lower()) if at else None
    return unit if unit is not None and unit.dimension in CURRENCIES else None


def _number(
    goal: str, words: Sequence[Word], said: Sequence[str], at: int
) -> tuple[tuple[float, ...], int] | None:
    """Return the readings of a number and how many words it takes."""
    if said[0] in _PARTS and said[1:2] and said[1] in ("a", "an", "of"):
        return (_PARTS[said[0]],), 3 if said[1:3] == ["of", "an"] or said[1:3] == ["of", "a"] else 2
    if said[0] in _ARTICLES and (said[1:2] and _counts(said, 1)):
        return (1.0,), 1
    if said[0] in NUMERALS:
        return (float(NUMERALS[said[0]]),), 1
    if not said[0][0].isdigit() or not _DIGITS.fullmatch(said[0]):
        return None
    if at and said[0] and goal[words[at].start - 1 : words[at].start] in tuple("-.,"):
        return None if goal[words[at].start - 1] == "." else _written(goal, words, at)
    return _written(goal, words, at)


def _counts(said: Sequence[str], at: int) -> bool:
    """Return whether a word makes an article a number: "a hundred", "an hour", not "a g"."""
    return said[at] in MULTIPLES or (len(said[at]) > 2 and unit_at(said, at) is not None)


def _written(goal: str, words: Sequence[Word], at: int) -> tuple[tuple[float, ...], int]:
    """Read digits; groups of three that only a space parts belong together."""
    text, end = words[at].text, at + 1
    while (
        len(text) <= 12
        and text.isdigit()
        and len(words[at].text) <= 3
        and end < len(words)
        and _GROUP.fullmatch(words[end].text)
        and goal[words[end - 1].end : words[end].start] in (" ", "\u00a0", "\u202f", "'", "’")
    ):
        text += words[end].text
        end += 1
    return readings_of(text), end - at


def readings_of(text: str) -> tuple[float, ...]:
    """Return the values that digits may have, the likelier first.

    A comma before exactly three digits groups thousands, any other is a decimal comma. A dot
    is decimal, unless there are several; before exactly three digits it may group as well.
    """
    plain = re.sub(r",(?=\d{3}(?:\D|$))", "", text)
    if "," in plain and "." in plain and plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "")
    plain = plain.replace(",", ".")
    parts = plain.split(".")
    if len(parts) > 2:
        return (float("".join(parts)),)
    grouped = len(parts) == 2 and len(parts[1]) == 3 and len(parts[0]) <= 3 and parts[0] != "0"
    first = float(plain)
    if grouped:
        return (first, float("".join(parts)))
    return (first, float(text.replace(",", "."))) if re.fullmatch(r"\d+,\d{3}", text) else (first,)


def _sign(goal: str, words: Sequence[Word], start: int, end: int) -> Unit | None:
    before = goal[words[start - 1].end if start else 0 : words[start].start].rstrip()[-1:]
    stop = words[end].start if end < len(words) else len(goal)
    after = goal[words[end - 1].end : stop].lstrip()[:1]
    sign = next((s for s in (after, before) if s and s in SIGNS), None)
    return None if sign is None else UNITS[sign]
