"""The picture tower of the embedded model that knows photographs too: each picture by its kind."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.clip.photographs.efficientnet import INPUT_PX as PHOTOGRAPH_PX
from retrieval.clip.photographs.gate import are_recognised, may_be_drawn
from retrieval.clip.photographs.table import load_table
from retrieval.clip.photographs.tower import PhotographTower
from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.pictures.recipe import PictureRecipe
from retrieval.clip.pictures.side_by_side import Middle, SideBySide
from retrieval.clip.tower_protocol import Prepared, TowerVectors, prepared_here
from retrieval.clip.towers.demo_picture import DemoPicture
from retrieval.clip.towers.demo_tower import INPUT_PX as DRAWN_PX
from retrieval.photograph_mark import IDENTITY

RESIZED_PX = 256
"""Photographs are measured by the middle of this, as the network was."""


class DemoPhotographs:
    """Drawn pictures by the tower that was made for them, all others by what is to be seen."""

    def __init__(self, drawn: DemoPicture, weights: Path, device: str) -> None:
        self.drawn = drawn
        self.name = drawn.name
        self.identity = drawn.identity + IDENTITY
        self.dimension = drawn.dimension
        self._photographs = PhotographTower(weights, device)
        self._looks = load_table("looks").to(device)
        photograph = Middle(Geometry(RESIZED_PX, RESIZED_PX), PHOTOGRAPH_PX)
        both = SideBySide(photograph, drawn.geometry)
        self.recipe = PictureRecipe(drawn.recipe.limits, both)

    def prepare(self, picture: bytes) -> Prepared:
        """Decode and resize for both; shape (3, 224, 288), 8 bits."""
        return prepared_here(self.recipe, picture)

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """Return shape (n, 384): of drawn pictures not normalised, of photographs length 1."""
        pixels = np.stack([item.data for item in batch])
        small = np.ascontiguousarray(pixels[:, :, :DRAWN_PX, PHOTOGRAPH_PX:])
        vectors = np.empty((len(batch), self.dimension), np.float32)
        is_drawn = may_be_drawn(small)
        if is_drawn.any():
            # Most photographs are told by their edge, and cost one network and not two.
            made = vectors[is_drawn] = self.drawn.encode_pixels(small[is_drawn])
            is_drawn[is_drawn] = self._are_recognised(made)
        others = np.flatnonzero(~is_drawn)
        if len(others):
            large = np.ascontiguousarray(pixels[others, :, :, :PHOTOGRAPH_PX])
            vectors[others] = self._photographs.encode(large)
        return vectors

    def _are_recognised(self, vectors: TowerVectors) -> NDArray[np.bool_]:
        return are_recognised(torch.from_numpy(vectors).to(self._looks.device), self._looks)
