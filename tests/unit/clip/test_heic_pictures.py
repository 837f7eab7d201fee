"""HEIC files: as AVIF files, by a library that may be missing."""

import base64
import re

import numpy as np
import pytest
from PIL import Image

from retrieval.clip.errors import PictureTooLarge, UnsupportedPicture, UnusableInput
from retrieval.clip.pictures import decode as decoding
from retrieval.clip.pictures.decode import PictureLimits, decode
from retrieval.clip.pictures.file_parts import picture_parts
from retrieval.clip.pictures.formats.avif_parts import MOST_ITEM_FRAMES
from retrieval.clip.pictures.metadata import without_metadata
from retrieval.picture_type import picture_mime

LIMITS = PictureLimits()
# Written by libheif and x265: a gradient of 64x48 to be turned a quarter, made by "Secret".
PICTURE = base64.b64decode("""
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAcZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAA
AAAAADRpbG9jAAAAAERAAAIAAQAAAAAB6gABAAAAAAAAAVUAAgAAAAADPwABAAAAAAAAADgAAAA4aWluZgAAAAAAAgAAABVp
bmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABBWlwcnAAAADkaXBjbwAAAHZo
dmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAA
AwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAA
AAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAADnBpeGkAAAAAAQgAAAAJaXJvdAMA
AAAZaXBtYQAAAAAAAAABAAEGgQIDBYSGAAAAGmlyZWYAAAAAAAAADmNkc2MAAgABAAEAAAGVbWRhdAAAAVEoAa8E+HGPiuh2
AXwUOCtOqHiqAa8rIuMXb09OpV/4J6n+K8D+fP1u+u9VP4uqK56n+Yxv0H17zpCv3AlaXinB3vtULmUmD4slMHggxzLIjbpi
y1Ya5FFP/3FKDLRFavqaJfgKXLb2tXnLLDtBwKtpoOtZeY4+prFhiFfRpikGQTKYKUNcjf7gSmQWXyTg+VWTsClFTWd93Y9p
u6SXbi0a4Uvr2bkovcDueixsaPXC1VfTOn2XgNjfgF61EtdQbn3V1YhUyrn8brdFp+QH29aPlf9/seCW+hPu8Lr/rv2xuOZH
yEJxpYG3fXN5oOyGTT0I4ICWEaY855Tp7/Il78xZ21Ckqwv/qPZQpPE91KodGcmJ2IANMFs7GeL/zV2bOHgpOxYdYIqagxrV
lrdDkC427fLfMhV9kkqSRiEjd8fiSwttV/9Ps7TubFDnUymCycg5AAAABkV4aWYAAE1NACoAAAAIAAIBDwACAAAABwAAACYB
EgADAAAAAQAGAAAAAAAAU2VjcmV0AAA=
""")


def _gradient() -> np.ndarray:
    ramp = Image.linear_gradient("L").resize((64, 64))
    turned = (
        ramp.transpose(turn) for turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180)
    )
    whole = Image.merge("RGB", (ramp, *turned)).crop((0, 0, 64, 48))
    return np.asarray(whole.transpose(Image.Transpose.ROTATE_270)).astype(int)


def test_a_picture_is_upright_in_its_colours() -> None:
    """Beside the pixels that it was made of."""
    shown = np.asarray(decode(PICTURE, LIMITS)).astype(int)
    assert picture_mime(PICTURE) == "image/heic"
    assert shown.shape == (64, 48, 3)
    assert np.abs(shown - _gradient()).mean() < 4


def test_no_note_is_stored_and_every_pixel_is() -> None:
    """Who made it is gone; which way is up is not."""
    stored = without_metadata(PICTURE + b"Secret")
    assert b"Secret" in PICTURE
    assert b"Secret" not in stored
    assert decode(stored, LIMITS).tobytes() == decode(PICTURE, LIMITS).tobytes()


def test_without_the_library_the_refusal_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line that can be copied."""
    monkeypatch.setattr(decoding, "HEIC_IS_READ", False)
    with pytest.raises(UnsupportedPicture, match=re.escape("pip install 'brainwav-serve[heic]'")):
        decode(PICTURE, LIMITS)


def test_its_pixels_are_bounded_before_they_are_decoded() -> None:
    """By what its header says."""
    with pytest.raises(PictureTooLarge, match="pixels"):
        decode(PICTURE, PictureLimits(max_pixels=1_000))


def test_pictures_in_one_item_are_counted() -> None:
    """Each is a picture's work for a few bytes."""
    # A slice that begins a picture, after its length.
    filled = b"\0\0\0\3\x26\1\x80" * (MOST_ITEM_FRAMES + 1)
    start = PICTURE.index(b"mdat") + 4
    with pytest.raises(PictureTooLarge, match="frames"):
        picture_parts(PICTURE[:start] + filled + PICTURE[start + len(filled) :])


@pytest.mark.parametrize("cut", range(0, len(PICTURE), 40))
def test_a_file_that_is_cut_is_refused(cut: int) -> None:
    """Wherever it is cut."""
    with pytest.raises(UnusableInput):
        decode(PICTURE[:cut], LIMITS)


def test_a_picture_saved_under_another_brand_is_no_heic() -> None:
    """A film begins alike."""
    film = PICTURE[:8] + b"isom" + PICTURE[12:]
    assert picture_mime(film) == "application/octet-stream"
