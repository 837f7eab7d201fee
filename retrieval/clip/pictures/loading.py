"""From a picture's header to its pixels: what is missing at a file's end is told or refused."""

from PIL import Image, ImageChops
from PIL.ImageFile import ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

from retrieval.clip.errors import BrokenPicture
from retrieval.clip.pictures.colours import with_key_in_step
from retrieval.clip.pictures.formats.parts import PictureParts
from retrieval.picture_note import NoteSink, PictureNote

_MARKS = [0] * 3 + [255] * 253
"""Of each difference: decoders round."""
LEAST_READ = 0.5
"""Of the rows: with less it is no longer the picture that was meant."""
_UNREAD = {"JPEG": 128, "GIF": 0}
"""What decoders put where nothing was read: the middle of all values, or the first colour."""


def load(picture: ImageFile, parts: PictureParts, wanted_px: int | None, note: NoteSink) -> None:
    """Decode a picture's pixels.

    Args:
        picture: Of which the header was read.
        parts: Of its file.
        wanted_px: The shorter side that the caller will shrink it to.
        note: Is told where rows are missing.

    Raises:
        BrokenPicture: More is missing than there is.
    """
    if wanted_px is not None:
        _reduce(picture, parts, 2 * wanted_px)
    with_key_in_step(picture)
    if not parts.is_cut:
        picture.load()
        return
    try:
        picture.load()
    except OSError:
        # It is raised after what there is was decoded, and keeps it.
        picture.tile = []
        picture.load_end()
    _tell_missing(picture, note)


def _reduce(picture: ImageFile, parts: PictureParts, least_px: int) -> None:
    """Decode at a smaller scale, at which no side is shorter than this."""
    picture.draft("RGB", (least_px, least_px))
    if isinstance(picture, Jpeg2KImageFile) and picture.mode not in ("P", "PA"):
        room = min(picture.size) // max(1, least_px)
        most = min(parts.halvings, max(0, room.bit_length() - 1))
        fitting = (times for times in range(most, 0, -1) if _is_exact(picture.size, times))
        picture.reduce = next(fitting, 0)


def _is_exact(size: tuple[int, int], times: int) -> bool:
    """Whether Pillow, which rounds where the standard rounds up, expects the halved size."""
    power = 1 << times
    return all((side + power // 2) // power == -(-side // power) for side in size)


def _tell_missing(picture: ImageFile, note: NoteSink) -> None:
    rows, read = picture.height, _rows_read(picture)
    if read < LEAST_READ * rows:
        raise BrokenPicture(
            f"the file is cut: at most {read} of the picture's {rows} rows are there"
        )
    share = f"at least {100 * read // rows} % of its rows were read"
    note(PictureNote("decoded_in_part", f"the file ends before the picture does; {share}"))


def _rows_read(picture: ImageFile) -> int:
    """Return the rows that hold something else than what stands for nothing."""
    blank = Image.new(picture.mode, picture.size)
    unread = _UNREAD.get(str(picture.format), 0)
    if unread:
        blank = Image.new(picture.mode, picture.size, (unread,) * len(picture.getbands()))
    marks = ImageChops.difference(picture, blank).point(_MARKS * len(picture.getbands()))
    across = (marks.crop((0, row, marks.width, row + 1)) for row in range(marks.height))
    return sum(row.getbbox() is not None for row in across)
