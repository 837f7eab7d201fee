"""English words to their stems: `mugs` and `mug` are one word.

Porter2 (https://snowballstem.org/algorithms/english/stemmer.html), written out here: stems are
stored in every index, and must not change with the release of a library.
"""

from __future__ import annotations

import re

_EXCEPTIONS = {
    "skis": "ski",
    "skies": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "idly": "idl",
    "gently": "gentl",
    "ugly": "ugli",
    "early": "earli",
    "only": "onli",
    "singly": "singl",
}
_INVARIANT = frozenset({"sky", "news", "howe", "atlas", "cosmos", "bias", "andes"})
_DONE_AFTER_PLURAL = frozenset(
    {"inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"}
)

_REGION = re.compile(r"[^aeiouy]*[aeiouy]+[^aeiouy]")
_LONG_PREFIX = re.compile(r"gener|commun|arsen")
_SHORT_END = re.compile(r"(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy])$")
_VOWEL = re.compile(r"[aeiouy]")
_PLURAL = re.compile(r"[aeiouy].+s$")
_PAST = re.compile(r"(?:eedly|eed|ingly|edly|ing|ed)$")
_DOUBLE = re.compile(r"(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$")

_STEP_2 = {
    "ization": "ize",
    "ational": "ate",
    "fulness": "ful",
    "ousness": "ous",
    "iveness": "ive",
    "tional": "tion",
    "biliti": "ble",
    "lessli": "less",
    "entli": "ent",
    "ation": "ate",
    "alism": "al",
    "aliti": "al",
    "ousli": "ous",
    "iviti": "ive",
    "fulli": "ful",
    "enci": "ence",
    "anci": "ance",
    "abli": "able",
    "izer": "ize",
    "ator": "ate",
    "alli": "al",
    "bli": "ble",
    "ogi": "og",
    "li": "",
}
_STEP_3 = {
    "ational": "ate",
    "tional": "tion",
    "alize": "al",
    "icate": "ic",
    "iciti": "ic",
    "ative": "",
    "ical": "ic",
    "ness": "",
    "ful": "",
}
_STEP_4 = re.compile(
    r"(?:ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|ion|al|er|ic)$"
)


def stem(word: str) -> str:
    """Return the stem of a word of the letters a to z."""
    if len(word) <= 2 or word in _INVARIANT:
        return word
    if word in _EXCEPTIONS:
        return _EXCEPTIONS[word]
    # A y that begins a word or follows a vowel is a consonant.
    word = re.sub(r"(^|(?<=[aeiouy]))y", r"\1Y", word)
    region_1, region_2 = _regions(word)
    word = _without_plural(word)
    if word in _DONE_AFTER_PLURAL:
        return word
    word = _without_past(word, region_1)
    if len(word) > 2 and word[-1] in "yY" and word[-2] not in "aeiouy":
        word = word[:-1] + "i"
    word = _step_2(word, region_1)
    word = _step_3(word, region_1, region_2)
    word = _step_4(word, region_2)
    return _without_end(word, region_1, region_2).lower()


def _regions(word: str) -> tuple[int, int]:
    """Return where the parts begin that suffixes are taken from."""
    first = _LONG_PREFIX.match(word) or _REGION.match(word)
    if first is None:
        return len(word), len(word)
    second = _REGION.match(word, first.end())
    return first.end(), len(word) if second is None else second.end()


def _without_plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("ied", "ies")):
        return word[:-2] if len(word) > 4 else word[:-1]
    if word.endswith(("us", "ss")) or not _PLURAL.search(word):
        return word
    return word[:-1]


def _without_past(word: str, region_1: int) -> str:
    found = _PAST.search(word)
    if found is None:
        return word
    rest = word[: found.start()]
    if found[0].startswith("eed"):
        return rest + "ee" if found.start() >= region_1 else word
    if not _VOWEL.search(rest):
        return word
    if rest.endswith(("at", "bl", "iz")):
        return rest + "e"
    if _DOUBLE.search(rest):
        return rest[:-1]
    return rest + "e" if _is_short(rest, region_1) else rest


def _is_short(word: str, region_1: int) -> bool:
    return region_1 >= len(word) and _SHORT_END.search(word) is not None


def _suffix(word: str, suffixes: dict[str, str]) -> str | None:
    """Return the longest of ``suffixes``, which are in order of length, that ends a word."""
    return next((suffix for suffix in suffixes if word.endswith(suffix)), None)


def _step_2(word: str, region_1: int) -> str:
    suffix = _suffix(word, _STEP_2)
    if suffix is None or len(word) - len(suffix) < region_1:
        return word
    rest = word[: -len(suffix)]
    if (suffix == "ogi" and not rest.endswith("l")) or (
        suffix == "li" and not rest.endswith(tuple("cdeghkmnrt"))
    ):
        return word
    return rest + _STEP_2[suffix]


def _step_3(word: str, region_1: int, region_2: int) -> str:
    suffix = _suffix(word, _STEP_3)
    if suffix is None:
        return word
    at = len(word) - len(suffix)
    if at < (region_2 if suffix == "ative" else region_1):
        return word
    return word[:at] + _STEP_3[suffix]


def _step_4(word: str, region_2: int) -> str:
    found = _STEP_4.search(word)
    if found is None or found.start() < region_2:
        return word
    if found[0] == "ion" and word[found.start() - 1] not in "st":
        return word
    return word[: found.start()]


def _without_end(word: str, region_1: int, region_2: int) -> str:
    last, rest = word[-1], word[:-1]
    if last == "e":
        ends_short = _SHORT_END.search(rest) is not None
        may_go = len(rest) >= region_2 or (len(rest) >= region_1 and not ends_short)
        return rest if may_go else word
    return rest if last == "l" and rest.endswith("l") and len(rest) >= region_2 else word
