"""Names of columns as keys of metadata, which have fewer characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MOST = 64
_TWO_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ø": "oe"}
    | {"æ": "ae", "å": "aa", "œ": "oe", "ł": "l", "Ø": "Oe", "Æ": "Ae", "Å": "Aa", "Œ": "Oe"}
)
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def keys_of(names: Sequence[str]) -> dict[str, str]:
    """Return a key for each name, all different; a name that can be a key stays."""
    taken = {name for name in names if _KEY.fullmatch(name)}
    keys: dict[str, str] = {}
    for at, name in enumerate(names, start=1):
        if name in taken:
            keys[name] = name
            continue
        keys[name] = _free(_plain(name) or f"column_{at}", taken)
        taken.add(keys[name])
    return keys


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFC", name.strip()).translate(_TWO_LETTERS)
    ascii_only = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    key = re.sub(r"[^A-Za-z0-9_.-]+", "_", ascii_only).strip("_.-")
    return (f"_{key}" if key[:1].isdigit() else key)[:MOST]


def _free(key: str, taken: set[str]) -> str:
    number, free = 2, key
    while free in taken:
        tail = f"_{number}"
        number, free = number + 1, key[: MOST - len(tail)] + tail
    return free
