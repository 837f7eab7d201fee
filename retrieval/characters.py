"""Characters of a name that nobody sees: one name could pass for another, or turn a log line round.

Bidirectional controls (``U+202E``), zero-width and other ignorable characters, spaces that are no
plain space, blanks that are letters, private and unassigned code points.
"""

from __future__ import annotations

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
