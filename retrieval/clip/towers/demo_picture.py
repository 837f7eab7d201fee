"""The picture tower of the embedded model: small, trained by this project on drawn pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.pictures.recipe import PictureRecipe
from retrieval.clip.tower_protocol import Prepared, TowerVectors, prepared_here
from retrieval.clip.towers.demo_tower import INPUT_PX, PAD_COLOUR, load_tower
from retrieval.clip.weights_file import verified

WEIGHTS = Path(__file__).parents[1] / "weights" / "demo_image_tower.safetensors"


class DemoPicture:
    """Pictures to the 384 dimensions of MiniLM; demonstration grade (see its model card)."""

    name = "brainwav-demo"
    identity = "brainwav-demo"
    dimension = 384

    def __init__(self, device: str, limits: PictureLimits, sha256: str | None = None) -> None:
        self.module = load_tower(verified(WEIGHTS, sha256)).to(device)
        self._device = device
        self.geometry = Geometry(INPUT_PX, INPUT_PX, "pad", fill=PAD_COLOUR)
        self.recipe = PictureRecipe(limits, self.geometry)

    def prepare(self, picture: bytes) -> Prepared:
        """Decode and resize; shape (3, px, px), 8 bits."""
        return prepared_here(self.recipe, picture)

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """Return shape (n, 384), not normalised."""
        return self.encode_pixels(np.stack([item.data for item in batch]))

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> TowerVectors:
        """Return the vectors of pixels, shape (n, 3, 64, 64)."""
        with torch.inference_mode():
            batch = torch.from_numpy(pixels).to(self._device)
            return self.module(batch).float().cpu().numpy()
