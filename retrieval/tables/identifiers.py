"""What is written in digits and yet counts nothing: ids, bar codes, phone numbers, zip codes."""

from __future__ import annotations

import re

LONG_DIGITS = 12
"""So many digits in one piece name something: bar codes, cards, accounts."""
_LONG = re.compile(rf"[+-]?[0-9]{{{LONG_DIGITS},}}")
_PHONE = re.compile(r"\+[0-9][0-9 ()/.-]{5,}")
_ZEROS = re.compile(r"0[0-9]+")
_LOST = re.compile(r"-?[0-9](?:[.,][0-9]{1,5})?E\+(?:1[1-9]|[2-9][0-9])")
_GTIN8 = re.compile(r"[0-9]{8}")

_TOKENS = frozenset(
    "ean gtin upc isbn issn asin sku mpn barcode zip zipcode plz postcode postal cp cap npa phone "
    "tel telephone telefon téléphone telefono fax mobile mobil handy portable iban bic siret siren "
    "nr hs vat ustid".split()
)
_PARTS = (
    "nummer",
    "postleitzahl",
    "telefon",
    "phone",
    "barcode",
    "postcode",
    "zipcode",
    "téléphone",
)
_WORDS = re.compile(r"[^\W\d_]+[0-9]*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def why_by_name(name: str) -> str | None:
    """Return why a column of this name counts nothing, None if its name does not say so."""
    words = _WORDS.findall(_CAMEL.sub(" ", name).casefold())
    for word in words:
        if word.rstrip("0123456789") in _TOKENS or any(part in word for part in _PARTS):
            return f"{word!r} in its name: such digits name something"
    return None


def why_by_value(bare: str) -> str | None:
    """Return why a stripped value counts nothing though it is digits."""
    if _ZEROS.fullmatch(bare):
        return f"{bare!r} begins with a zero"
    if _LONG.fullmatch(bare):
        return f"{bare!r} is as long as an id"
    if _PHONE.fullmatch(bare) and sum(map(str.isdigit, bare)) > 6:
        return f"{bare!r} looks like a phone number"
    return None


def has_lost_digits(bare: str) -> bool:
    """Say whether a spreadsheet rounded a long id, as in `1.23E+15`."""
    return _LOST.fullmatch(bare) is not None


def is_gtin8(bare: str) -> bool:
    """Say whether a value is eight digits of which the last one checks the others (GS1)."""
    if not _GTIN8.fullmatch(bare):
        return False
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(bare[:7]))
    return (total + int(bare[7])) % 10 == 0
