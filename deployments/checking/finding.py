"""One fault of a configuration: its place as a reader would write it, and what is wrong."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Place = tuple[str | int, ...]
"""Keys and positions from the top of the document."""
SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault; as text one line, whatever the document or a library's message holds."""

    place: Place
    text: str

    def __str__(self) -> str:
        return "{place}: {text}".format(**self.as_json())

    def as_json(self) -> dict[str, str]:
        """Return it for other programs."""
        return {"place": written(self.place), "text": " ".join(self.text.split())}


def written(place: Place) -> str:
    """Return a place such as `applications[0].deployments[2].name`."""
    said = ""
    for part in place:
        if isinstance(part, int):
            said += f"[{part}]"
        else:
            # A key may hold anything, line breaks included.
            said += f".{part}" if part.isprintable() else f".{part!r}"
    return said.removeprefix(".") or "the document"


def meant(word: Any, known: Iterable[str]) -> str:
    """Return `; did you mean …?` where a known word is near, else nothing."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[near[0]]}?" if near else ""


def unknown_key(place: Place, known: Iterable[str]) -> Finding:
    """Return the fault of a key that nothing reads."""
    return Finding(place, f"unknown key{meant(place[-1], known)}")


def kind_of(value: Any) -> str:
    """Return what a value is in the words of YAML; nothing of a text, which may be a secret."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()} (true or false; quotes make it text)"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def one_letter_apart(one: str, other: str) -> bool:
    """Whether a letter was left out, added or changed, or two neighbours changed places."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return swapped or a[1:] == b[1:] or a[1:] == b or a == b[1:]
