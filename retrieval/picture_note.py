"""What is to be said of a picture that was read: what was cut, ignored or guessed."""

from collections.abc import Callable
from dataclasses import dataclass

CODES = frozenset(
    ("decoded_in_part", "first_picture_only", "colour_profile_ignored", "values_stretched")
)


@dataclass(frozen=True, slots=True)
class PictureNote:
    """One thing to be told to whoever sent the picture; ``code`` is one of ``CODES``."""

    code: str
    message: str


NoteSink = Callable[[PictureNote], None]
"""Is told each as it is found."""


def untold(note: PictureNote) -> None:
    """Tell nobody."""
