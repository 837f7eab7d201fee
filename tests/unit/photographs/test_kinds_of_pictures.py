"""Each picture is encoded by its kind: drawn ones as ever, all others by what is to be seen."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from retrieval.catalogue.products import products
from retrieval.clip.encoder import Encoder, ModelSpec, build_encoder
from retrieval.clip.photographs.gate import pale_edge
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.photograph_mark import are_photographs


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """Load the embedded model once."""
    return build_encoder(ModelSpec(), PictureLimits())


def _blotches(seed: int) -> bytes:
    """Return a picture that is no drawing of ours: smooth colours up to its edge."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC).save(file, "JPEG")
    return file.getvalue()


def test_drawn_pictures_keep_their_vectors_to_the_bit(encoder: Encoder):
    """Also in a batch with others."""
    drawn = [product.picture for product in products(40)]
    mixed = [_blotches(1), *drawn, _blotches(2)]
    assert encoder.drawn is not None
    before = encoder.drawn.encode([encoder.drawn.prepare(file) for file in drawn])
    after = encoder.picture.encode([encoder.picture.prepare(file) for file in mixed])
    assert np.array_equal(before, after[1:-1])
    assert are_photographs(after).tolist() == [True, *[False] * 40, True]


def test_drawn_pictures_are_known_in_other_formats_and_sizes(encoder: Encoder):
    """What is done to a picture on its way does not make a photograph of it."""
    files = []
    for at, product in enumerate(products(30, seed=4)):
        picture, file = Image.open(BytesIO(product.picture)), BytesIO()
        size = (64, 200, 256)[at % 3]
        picture.resize((size, size), Image.Resampling.BICUBIC).save(file, "JPEG", quality=75)
        files.append(file.getvalue())
    vectors = encoder.picture.encode([encoder.picture.prepare(file) for file in files])
    assert are_photographs(vectors).tolist() == [False] * 30


def test_an_edge_is_pale_where_it_is_light_and_grey():
    """Dark, white and coloured edges are not."""
    edges = ((200, 205, 198), (90, 90, 90), (255, 255, 255), (250, 180, 160))
    pixels = np.stack([np.full((64, 64, 3), edge, np.uint8).transpose(2, 0, 1) for edge in edges])
    assert pale_edge(pixels).tolist() == [1, 0, 0, 0]


def test_without_photographs_the_encoder_is_the_older_one(encoder: Encoder):
    """An index of the time before goes on with it."""
    older = encoder.without_photographs()
    assert older.picture.identity == "brainwav-demo"
    assert encoder.picture.identity == "brainwav-demo+photographs-1"
    assert older.without_photographs() is older
