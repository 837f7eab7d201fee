"""A title within a text that shows no borders: texts of web pages and tables, joined by spaces.

"Lake Ontario. When the cold winds of winter ..." A title is short, and its words are in capitals,
or the next sentence begins with most of them. Sentences of a text that goes on seldom are: 38 of
8,910 of an encyclopaedia, where 3,127 of 3,391 titles were.
"""

import re

MOST_CHARACTERS = 100
MOST_WORDS = 10
REACH = 12
"""Words of the next sentence that may repeat the title's."""
_WORD = re.compile(r"\w+")
_ASIDE = re.compile(r"\([^)]*\)")
_JOINING = frozenset(
    "a an the of in on at to for and or by with from vs "
    "de la le du des el van von der die das und".split()
)
"""Words that titles of several languages leave small."""
_SAYING = frozenset(
    "i we you he she it they his her its their this that these those there some many all who "
    "is are was were be been has have had do does did will would can not no".split()
)
"""Words of a sentence that says something: two in a row may well begin alike."""


def is_title(sentence: str, following: str) -> bool:
    """Say whether a sentence is the title of what follows."""
    if len(sentence) > MOST_CHARACTERS or sentence.endswith((",", ":", ";")):
        return False
    words = _WORD.findall(_ASIDE.sub("", sentence))
    if not words or len(words) > MOST_WORDS or not any(word[0].isalpha() for word in words):
        return False
    return _in_capitals(words) or _repeated(words, following)


def _in_capitals(words: list[str]) -> bool:
    # A single word may be an exclamation, a name that is called, the rest of an abbreviation.
    if len(words) == 1 or not words[0][0].isupper():
        return False
    return all(word[0].isupper() or word.isdigit() or word.lower() in _JOINING for word in words)


def _repeated(words: list[str], following: str) -> bool:
    if any(word.lower() in _SAYING for word in words):
        return False
    begins = {word.lower() for word in _WORD.findall(following[: 2 * MOST_CHARACTERS])[:REACH]}
    said = [word.lower() for word in words if word.lower() not in _JOINING]
    return 2 * sum(word in begins for word in said) > len(said)
