"""A number as people and programs write it: which decimal signs it allows, and its value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from retrieval.tables.values import SPACES

Decimal = Literal[".", ","]
DECIMALS: tuple[Decimal, ...] = (".", ",")

_MINUS = "\u2212"
_CURRENCY = r"[$€£¥₹₽₩₺]|(?:US|CA|A)\$|EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK|kr\.?|zł|Kč|Fr\."
_SIGNED = re.compile(
    rf"(?P<minus>[-+{_MINUS}]?)\s*(?P<before>{_CURRENCY})?\s*(?P<inner>[-{_MINUS}]?)"
    rf"(?P<digits>[0-9][0-9.,' ’{SPACES}]*?(?:[eE][+-]?[0-9]{{1,3}})?)"
    rf"\s*(?P<after>{_CURRENCY}|%)?"
)
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"
_GROUP = rf"[ '’{SPACES}]"
_WHOLE = r"(?:0|[1-9][0-9]*)"


def _form(point: str, other: str) -> re.Pattern[str]:
    first = rf"[1-9][0-9]{{0,2}}(?P<sep>{re.escape(other)}|{_GROUP})[0-9]{{3}}"
    grouped = rf"{first}(?:(?P=sep)[0-9]{{3}})*"
    return re.compile(rf"(?:{grouped}|{_WHOLE})(?:{re.escape(point)}[0-9]+)?{_EXPONENT}")


_FORMS: dict[Decimal, re.Pattern[str]] = {".": _form(".", ","), ",": _form(",", ".")}


@dataclass(frozen=True, slots=True)
class NumberLook:
    """What a value shows of itself, if it can be a number."""

    decimals: tuple[Decimal, ...]
    """Signs that it can be read with."""
    is_plain: bool
    """It reads alike with both."""
    sign: str
    """Of a currency or percent; empty if there is none."""
    digits: str
    """Without that, with its minus."""


@lru_cache(4096)
def number_look(bare: str) -> NumberLook | None:
    """Return how a stripped value can be a number; None if it cannot.

    Digits in front of which a zero stands are none: they name something.
    """
    found = _SIGNED.fullmatch(bare)
    if found is None or (found["before"] and found["after"]):
        return None
    if found["minus"] and found["inner"]:
        return None
    digits = found["digits"]
    decimals: tuple[Decimal, ...] = tuple(
        sign for sign in DECIMALS if _FORMS[sign].fullmatch(digits)
    )
    if not decimals:
        return None
    minus = "-" if (found["minus"] or found["inner"] or "+") != "+" else ""
    is_plain = not ("." in digits or "," in digits)
    return NumberLook(decimals, is_plain, found["before"] or found["after"] or "", minus + digits)


def number_in(look: NumberLook, decimal: Decimal) -> int | float:
    """Return the value of a look that allows ``decimal``."""
    digits = re.sub(_GROUP, "", look.digits)
    digits = digits.replace("." if decimal == "," else ",", "")
    digits = digits.replace(",", ".")
    if re.search(r"[.eE]", digits):
        return float(digits)
    return int(digits)
