"""Small pictures: never enlarged, bounded on both sides, made in a decoder's process."""

import asyncio
from io import BytesIO

import pytest
from PIL import Image

from deployments.encoding.decode_pool import DecodePool
from deployments.encoding.thumbnails import Thumbnails
from retrieval.clip.errors import BrokenPicture
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.pictures.thumbnail import HIGHEST, ThumbnailRecipe
from retrieval.encoding import THUMBNAIL_WIDTHS_PX, ThumbnailRequest
from sustainability.work import WorkAccount
from telemetry.registry import Registry
from telemetry.series import key
from tests.towers import picture_file

OUTCOMES = ("made", "refused")


@pytest.mark.parametrize("width_px", THUMBNAIL_WIDTHS_PX)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    "size", [(2000, 1000), (1000, 2000), (40, 20), (3000, 2), (2, 3000), (1, 1)]
)
def test_a_small_picture_fits_and_is_never_enlarged(
    size: tuple[int, int], form: str, width_px: int
) -> None:
    """Its sides keep their ratio, as far as whole pixels can."""
    made = ThumbnailRecipe(PictureLimits(), width_px).prepare(picture_file("red", size, form))
    shown = Image.open(BytesIO(made.data))
    assert (shown.format, shown.size) == ("JPEG", (made.width, made.height))
    scale = min(1.0, width_px / size[0], HIGHEST * width_px / size[1])
    assert abs(made.width - size[0] * scale) <= 1
    assert abs(made.height - size[1] * scale) <= 1
    red, green, blue = shown.convert("RGB").getpixel((0, 0))
    assert red > 240
    assert max(green, blue) < 16


def test_what_lies_behind_is_white_and_what_lies_on_its_side_upright() -> None:
    """As everywhere else: transparency on white, EXIF's turn done."""
    file = BytesIO()
    Image.new("RGBA", (80, 40), (0, 0, 0, 0)).save(file, "PNG")
    made = ThumbnailRecipe(PictureLimits(), 64).prepare(file.getvalue())
    assert Image.open(BytesIO(made.data)).getpixel((5, 5)) == (255, 255, 255)
    turned, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 100), "blue").save(turned, "JPEG", exif=exif)
    upright = ThumbnailRecipe(PictureLimits(), 64).prepare(turned.getvalue())
    assert (upright.width, upright.height) == (64, 256)


def test_answers_of_other_sizes_are_no_answers() -> None:
    """A worker that a picture has taken over may say anything."""
    recipe = ThumbnailRecipe(PictureLimits(), 64)
    assert recipe.shape(32, 64, 900) == (900,)
    for told in ((32, 65, 900), (257, 64, 900), (0, 64, 900), (32, 64, 0), (2, 2, 2**20)):
        assert recipe.shape(*told) is None


def test_it_is_made_by_a_decoding_process_and_counted() -> None:
    """Its time is charged, and what cannot be decoded says so."""

    async def main() -> None:
        pool, registry = DecodePool(1), Registry()
        thumbnails = Thumbnails(pool, PictureLimits(), WorkAccount(), registry)
        try:
            data = await thumbnails.make(ThumbnailRequest(picture_file("red", (300, 200)), 128))
            assert Image.open(BytesIO(data)).size == (128, 85)
            assert pool.cpu_s > 0
            with pytest.raises(BrokenPicture):
                await thumbnails.make(ThumbnailRequest(picture_file()[:40], 128))
        finally:
            pool.close()
        counted = registry.snapshot().sums
        assert [counted[key("brainwav_thumbnails_total", (what,))] for what in OUTCOMES] == [1, 1]

    asyncio.run(main())
