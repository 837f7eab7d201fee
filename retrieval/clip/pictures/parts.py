"""What a walk through a picture file finds, and how many parts it may have."""

from dataclasses import dataclass

from retrieval.clip.errors import PictureTooLarge


@dataclass(frozen=True, slots=True)
class PictureParts:
    """Where what lies in a picture file."""

    mime: str
    frames: int
    kept: tuple[slice, ...]
    """The file without metadata: text, EXIF, XMP, thumbnails, unknown extensions."""
    decoded: tuple[slice, ...]
    """All that a decoder needs for the first frame and for which way is up. Nothing else is
    shown to it: what it does not see costs no work."""
    end: int
    """The picture ends before this byte."""
    notes: tuple[slice, ...] = ()
    """Of a PNG, the chunks that may say which way is up."""
    blank: tuple[slice, ...] = ()
    """Of an AVIF, notes that are overwritten, since places in the file are said by number."""


class Count:
    """Counts parts up to a bound."""

    def __init__(self, what: str, most: int) -> None:
        self._what = what
        self._most = most
        self._count = 0

    def add(self, count: int = 1) -> None:
        """Count some more.

        Raises:
            PictureTooLarge: More than the bound.
        """
        self._count += count
        if self._count > self._most:
            raise PictureTooLarge(f"the picture has more than {self._most} parts ({self._what})")
