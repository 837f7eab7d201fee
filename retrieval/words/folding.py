"""One spelling for what readers take for the same: case, accents, width, digits of any script.

Letters that are letters of their own stay: Cyrillic й is not и, Japanese が is not か. What nobody
sees goes, but for the zero-width space, which stands between words.
"""

from __future__ import annotations

import unicodedata

from retrieval.characters import is_unseen

_TRADE_MARKS = str.maketrans("™℠", "©©")
"""Compatibility forms would glue TM to the word before."""

_LATIN = "æ=ae œ=oe ø=o đ=d ð=d þ=th ł=l ħ=h ı=i ŧ=t"
_ARABIC_FORMS = "ى=ي ة=ه ک=ك ی=ي ٱ=ا ـ="
"""Letters that writers exchange, Persian forms, the stroke that only widens."""
_INDIC = "\u093c= \u09bc= \u0a3c= \u0901=\u0902"
"""The nukta is often left out, candrabindu often written as anusvara."""
_PAIRS = (pair.partition("=") for pair in f"{_LATIN} {_ARABIC_FORMS} {_INDIC}".split())
_LETTERS = {letter: plain for letter, _, plain in _PAIRS}
_OF_THEIR_OWN = frozenset("йїў")
_ACCENTED = (range(0x0041, 0x0590), range(0x1E00, 0x2000), range(0x2C60, 0x2E00))
"""Latin, Greek, Cyrillic, Armenian: their marks are accents."""
_VOWEL_SIGNS = (range(0x0300, 0x0370), range(0x0591, 0x05C8), range(0x0610, 0x061B))
_VOWEL_SIGNS += (range(0x064B, 0x0660), range(0x0670, 0x0671), range(0x06D6, 0x06EE))
"""Accents by themselves, Hebrew points, Arabic vowels: most texts do without."""
_ARABIC = range(0x0600, 0x0700)
_ZERO_WIDTH_SPACE = 0x200B

MOST_KNOWN = 1 << 14
"""Characters that are remembered: more than any text has, fewer than all there are."""


class _Folded(dict[int, str]):
    """What each character becomes, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if len(self) < MOST_KNOWN:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def folded(text: str) -> str:
    """Return ``text`` as it is compared; folding twice changes nothing more."""
    if text.isascii():
        return text.lower()
    compatible = unicodedata.normalize("NFKC", text.translate(_TRADE_MARKS))
    return compatible.translate(_FOLDED)


def _folded(character: str) -> str:
    code = ord(character)
    if code == _ZERO_WIDTH_SPACE or character.isspace():
        return " "
    if is_unseen(character) or _within(code, _VOWEL_SIGNS):
        return ""
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.decimal(character))
    return "".join(_LETTERS.get(letter, letter) for letter in _without_marks(character.casefold()))


def _without_marks(letters: str) -> str:
    if letters in _OF_THEIR_OWN:
        return letters
    parts = unicodedata.normalize("NFD", letters)
    if _within(ord(parts[0]), _ACCENTED) or ord(parts[0]) in _ARABIC:
        parts = "".join(part for part in parts if not unicodedata.combining(part))
    return unicodedata.normalize("NFC", parts)


def _within(code: int, ranges: tuple[range, ...]) -> bool:
    return any(code in each for each in ranges)
