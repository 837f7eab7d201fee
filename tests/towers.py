"""Towers small enough to trust: they count words and colours."""

import hashlib
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import torch
from PIL import Image

from deployments.encoding.service import EncodingService
from deployments.encoding.thumbnails import Thumbnails
from retrieval.characters import has_visible
from retrieval.clip.encoder import Encoder
from retrieval.clip.errors import EmptyInput
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.pictures.recipe import PictureRecipe
from retrieval.clip.tower_protocol import InputType, Prepared, TowerVectors, prepared_here
from retrieval.encoding import EncoderInfo, ThumbnailRequest
from telemetry.registry import Registry

DIMENSION = 32
CONTEXT = 16


def word_vector(word: str) -> np.ndarray:
    """A random but fixed direction for a word."""
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).normal(size=DIMENSION)


class WordTower:
    """A text's vector is the sum of its words' directions; 16 words of context.

    It reads texts most of whose words are ASCII.
    """

    name = identity = "words"
    dimension = DIMENSION
    context_length = CONTEXT
    tells_queries = False
    passage_tokens = CONTEXT

    def prepare(self, texts: Sequence[str], input_type: InputType = "passage") -> list[Prepared]:
        if not all(has_visible(text) for text in texts):
            raise EmptyInput("the text is empty: it has no visible character")
        return [self._prepared(text.lower().split()) for text in texts]

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        rows = [sum(word_vector(word) for word in item.data) for item in batch]
        return np.asarray(rows, np.float32)

    def _prepared(self, words: list[str]) -> Prepared:
        kept = words[:CONTEXT]
        unread = 2 * sum(not word.isascii() for word in kept) > len(kept)
        return Prepared(np.asarray(kept, object), len(kept), len(words) > CONTEXT, unread)


class ColourTower:
    """A picture's vector is the direction of the word for its strongest colour."""

    name = "colours"
    dimension = DIMENSION

    def __init__(self, limits: PictureLimits | None = None) -> None:
        limits = limits or PictureLimits(max_bytes=2_000_000, max_pixels=4_000_000)
        self.recipe = PictureRecipe(limits, Geometry(4, 4, "squash"))

    def prepare(self, picture: bytes) -> Prepared:
        return prepared_here(self.recipe, picture)

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        words = ("red", "green", "blue")
        rows = [word_vector(words[int(item.data.mean((1, 2)).argmax())]) for item in batch]
        return np.asarray(rows, np.float32)


def fake_encoder() -> Encoder:
    """An encoder of one space."""
    text = WordTower()
    return Encoder(text, text, ColourTower(), (torch.nn.Identity(),))


def fake_info() -> EncoderInfo:
    """What its service says of it."""
    fixed = ("fp32", "as configured", 1, "cpu", True)
    return EncoderInfo("words", "colours", DIMENSION, DIMENSION, CONTEXT, *fixed)


async def thumbnail_of(encoding: EncodingService, request: ThumbnailRequest) -> bytes:
    """Have a picture made smaller by a service's own decoders."""
    limits = encoding.encoder.picture.recipe.limits
    account = encoding._charges.account
    return await Thumbnails(encoding.decoding, limits, account, Registry()).make(request)


def picture_file(colour: str = "red", size: tuple[int, int] = (20, 10), form: str = "PNG") -> bytes:
    """A picture of one colour."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()
