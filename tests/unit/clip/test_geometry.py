"""Fitting without torch: the same pixels as open_clip's transforms, at a bounded cost."""

import numpy as np
import pytest
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.towers.open_clip import geometry_of

SIZES = ((640, 427), (427, 640), (64, 64), (224, 224), (31, 500), (3000, 200), (225, 223), (1, 9))


def picture(width: int, height: int) -> Image.Image:
    """A picture of noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("size", [224, (224, 224), (120, 200)])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("fill", [0, 127])
def test_fitting_is_open_clips_to_the_pixel(mode, size, interpolation, fill) -> None:
    """Any mode, any shape; what torch would add afterwards is left to the model's thread."""
    config = PreprocessCfg(
        size=size, resize_mode=mode, interpolation=interpolation, fill_color=fill
    )
    steps = image_transform_v2(config, is_train=False).transforms[:-2]
    geometry = geometry_of(config)
    height, width = geometry.height, geometry.width
    for source in SIZES:
        expected = picture(*source)
        for step in steps:
            expected = step(expected)
        fitted = geometry.fit(picture(*source))
        assert fitted.size == (width, height)
        assert np.array_equal(np.asarray(fitted), np.asarray(expected)), source


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash", "pad"])
@pytest.mark.parametrize("size", [(32_768, 1), (1, 32_768), (32_768, 7), (1, 1)])
def test_a_line_of_one_pixel_is_never_enlarged_to_a_wall(mode, size, monkeypatch) -> None:
    """Its shorter side would grow to the model's and its longer one with it."""
    seen = []
    resize = Image.Image.resize

    def watched(self, to, *args, **kwargs):
        seen.append(to[0] * to[1])
        return resize(self, to, *args, **kwargs)

    monkeypatch.setattr(Image.Image, "resize", watched)
    fitted = Geometry(224, 224, mode).fit(Image.new("RGB", size, "red"))
    assert fitted.size == (224, 224)
    assert max(seen, default=0) <= 224 * 224 * 64


def test_a_long_strip_shows_its_middle() -> None:
    """As it would without the bound."""
    strip = Image.new("RGB", (4000, 10), "red")
    strip.paste("blue", (1990, 0, 2010, 10))
    fitted = np.asarray(Geometry(50, 50).fit(strip))
    assert tuple(fitted[25, 25]) == (0, 0, 255)
