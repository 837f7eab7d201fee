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
    """What is overwritten where places in the file are said by number: notes, other pages."""
    patches: tuple[tuple[int, bytes], ...] = ()
    """What else is written into such a file, and where."""
    taken: bytes = b""
    """Of an icon, the one picture that is decoded and stored, as a file."""
    others: int = 0
    """Pictures in the file beside the one that is decoded."""
    reach: int = 0
    """What belongs to the picture ends before this byte, stored or not."""
    is_cut: bool = False
    """The file ends before the picture does."""
    size: tuple[int, int] | None = None
    """Width and height, where a decoder believes something else first."""
    halvings: int = 0
    """How often a JPEG 2000 can be decoded at half its size."""


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
