"""Characters of a name that nobody sees: one name could pass for another, or turn a log line round.

Bidirectional controls (``U+202E``), zero-width and other ignorable characters, spaces that are no
plain space, blanks that are letters, private and unassigned code points.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_BLANK = frozenset(
    # Default_Ignorable_Code_Point (Unicode 15, DerivedCoreProperties) beyond those categories,
    # and two that look like nothing: the blank Braille pattern, the object replacement.
    chain(
        (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0xFFFC),
        range(0x180B, 0x1810),
        range(0xFE00, 0xFE10),
        range(0xE0100, 0xE01F0),
    )
)

_UNSEEN_RANGES = (
    "\\x00-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f"
    "\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Controls and what Unicode lets a display ignore, without Arabic's number signs."""

VISIBLE = rf"[^\s{_UNSEEN_RANGES}]"
"""A pattern that finds a visible character, here and in a JSON Schema."""

_UNSEEN = re.compile(f"[{_UNSEEN_RANGES}]")
_VISIBLE = re.compile(VISIBLE)


def hidden_character(text: str) -> str | None:
    """Say which character of ``text`` cannot be seen and where, such as ``U+202E at 4``.

    Places count code points from 0. None: all can be seen.
    """
    for at, character in enumerate(text):
        if is_hidden(character):
            return f"has U+{ord(character):04X} at {at}"
    return None


def is_hidden(character: str) -> bool:
    """Whether a character of a name cannot be seen. A plain space between others can."""
    if character == " ":
        return False
    return unicodedata.category(character) in _CATEGORIES or ord(character) in _BLANK


def is_unseen(character: str) -> bool:
    """Whether a character of a text shows nothing and takes no room: a control, or ignorable.

    Code points that this release does not know count as seen: a newer emoji is one.
    """
    return _UNSEEN.match(character) is not None


def has_visible(text: str) -> bool:
    """Whether anybody can see something of a text: it holds more than blanks and ignorables."""
    return _VISIBLE.search(text) is not None
