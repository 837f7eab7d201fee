"""The embedded model's picture tower: seven 3×3 convolutions from 64×64 pixels to 384 numbers."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from retrieval.clip.errors import UnusableWeights

INPUT_PX = 64
DIMENSION = 384
LAYERS = (
    (3, 48, 1),
    (48, 64, 2),
    (64, 96, 1),
    (96, 128, 2),
    (128, 192, 1),
    (192, 256, 2),
    (256, 384, 1),
)
"""In-channels, out-channels and stride of each layer."""
PAD_COLOUR = (214, 214, 214)


class ImageTower(nn.Module):
    """Pictures to vectors of the text space.

    Input: shape (n, 3, 64, 64), 8 bits or 0…255 in any float type. Output: shape (n, 384),
    not normalised.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([_layer(*shape) for shape in LAYERS])
        self.head = nn.Linear(2 * LAYERS[-1][1], DIMENSION)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Encode a batch."""
        hidden = (pixels.to(self.head.weight.dtype) - 127.5) / 64.0
        hidden = hidden.contiguous(memory_format=torch.channels_last)
        for layer in self.layers:
            hidden = layer(hidden)
        # The mean says what is everywhere (colour, pattern), the maximum what is somewhere.
        pooled = torch.cat([hidden.mean((2, 3)), hidden.amax((2, 3))], dim=1)
        return self.head(pooled)

    def fused(self) -> "ImageTower":
        """Fold the batch normalisation into the convolutions; for inference only."""
        self.eval()
        for place, layer in enumerate(self.layers):
            conv, norm, activation = layer.children()
            assert isinstance(conv, nn.Conv2d)
            assert isinstance(norm, nn.BatchNorm2d)
            self.layers[place] = nn.Sequential(fuse_conv_bn_eval(conv, norm), activation)
        return self.to(memory_format=torch.channels_last)


def _layer(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def to_pixels(picture: Image.Image) -> NDArray[np.uint8]:
    """Fit an RGB picture into the input square; shape (3, 64, 64). Margins are pale grey."""
    if picture.size != (INPUT_PX, INPUT_PX):
        size = (INPUT_PX, INPUT_PX)
        picture = ImageOps.pad(picture, size, Image.Resampling.BICUBIC, color=PAD_COLOUR)
    return np.ascontiguousarray(np.asarray(picture).transpose(2, 0, 1))


def load_tower(path: Path) -> ImageTower:
    """Load a trained tower for inference.

    Raises:
        UnusableWeights: Not a safetensors file of this architecture.
    """
    tower = ImageTower()
    try:
        state = {name: tensor.float() for name, tensor in load_file(path).items()}
        tower.load_state_dict(_with_counters(state, tower))
    except (SafetensorError, RuntimeError) as error:
        raise UnusableWeights(f"{path} does not hold the demo tower: {error}") from error
    return tower.fused()


def _with_counters(state: dict[str, torch.Tensor], tower: ImageTower) -> dict[str, torch.Tensor]:
    # Batch counters matter to training only and are not stored.
    counters = {k: v for k, v in tower.state_dict().items() if k.endswith("num_batches_tracked")}
    return counters | state
