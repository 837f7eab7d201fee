"""What each character of a folded text is to the analysis, as a letter: one pattern fits all."""

from __future__ import annotations

import unicodedata

from retrieval.words.folding import MOST_KNOWN

LETTER, DIGIT, UNSPACED, SYLLABIC, PICTURE, FLAG, SIGN, SPACE = "adhterS "
"""``UNSPACED`` writes a word in few characters and no spaces (Han, kana, Hangul), ``SYLLABIC`` in
many (Thai, Lao, Khmer, Burmese, Tibetan); ``PICTURE`` is an emoji, ``FLAG`` half a flag."""

JOINING = frozenset("-_.,'/:&@+$!*#")
"""Signs that may stand inside a word; each is its own kind."""

_UNSPACED = ("CJK ", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "YI SYLLABLE")
_SYLLABIC = ("THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "NEW TAI", "TAI ", "JAVANESE", "BALINES")
_RARE_HAN = range(0x20000, 0x40000)
_FLAGS = range(0x1F1E6, 0x1F200)
_PICTURES = (range(0x2300, 0x2400), range(0x2600, 0x27C0), range(0x2B00, 0x2C00))
_PICTURES += (range(0x1F000, 0x20000),)
_APOSTROPHES = frozenset("'’‘ʼʻ`´＇")


class _Kinds(dict[int, str]):
    """The kind of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        kind = _kind(chr(code))
        if len(self) < MOST_KNOWN:
            self[code] = kind
        return kind


_KINDS = _Kinds()


def kinds_of(text: str) -> str:
    """Return a letter for each character of ``text``."""
    return text.translate(_KINDS)


def _kind(character: str) -> str:
    category, code = unicodedata.category(character), ord(character)
    if character in _APOSTROPHES:
        return "'"
    if category == "Pd" or character == "−":
        return "-"
    if character in JOINING:
        return character
    if character.isspace() or category == "Cc":
        return SPACE
    if code in _RARE_HAN or category[0] in "LMN":
        return _of_words(character, category)
    if code in _FLAGS:
        return FLAG
    return PICTURE if category in ("So", "Sk", "Cn") and _is_picture(code) else SIGN


def _of_words(character: str, category: str) -> str:
    name = unicodedata.name(character, "")
    if ord(character) in _RARE_HAN or name.startswith(_UNSPACED):
        return UNSPACED
    if category[0] == "N":
        return DIGIT
    return SYLLABIC if name.startswith(_SYLLABIC) else LETTER


def _is_picture(code: int) -> bool:
    return any(code in each for each in _PICTURES)
