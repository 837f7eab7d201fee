"""What the network's classes mean: from its logits to vectors that texts can be compared with.

Norouzi et al. 2013, Zero-shot learning by convex combination of semantic embeddings,
https://arxiv.org/abs/1312.5650: a picture means its likeliest classes, weighed by how likely they
are. The vectors of classes come from `scripts/dev/photographs`.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file

from retrieval.clip.errors import UnusableWeights
from retrieval.photograph_mark import marked

TABLE = Path(__file__).parents[1] / "weights" / "photographs.safetensors"
LIKELIEST = 10
"""Classes that count."""
CERTAIN = 0.18
"""The length of the sum from which a picture's meaning counts in full. Of a picture of nothing that
the network knows the likeliest classes have nothing in common, and their sum is short."""


def load_table(name: str, path: Path = TABLE) -> torch.Tensor:
    """Return a table of vectors, in fp32: `classes` or `looks`.

    Raises:
        UnusableWeights: The file does not hold it.
    """
    try:
        return load_file(path)[name].float()
    except (SafetensorError, OSError, KeyError) as error:
        raise UnusableWeights(f"{path.name} does not hold {name}: {error}") from error


def vectors_of(logits: torch.Tensor, classes: torch.Tensor) -> NDArray[np.float32]:
    """Return photographs' vectors, length 1, marked as such.

    Args:
        logits: Shape (n, 1000).
        classes: Shape (1000, d), what each class means.
    """
    likely = logits.softmax(1).topk(LIKELIEST, dim=1)
    sums = torch.einsum("nk,nkd->nd", likely.values, classes[likely.indices])
    lengths = sums.norm(dim=1, keepdim=True)
    meanings = sums / lengths.clamp_min(torch.finfo(torch.float32).tiny)
    certainty = (lengths[:, 0] / CERTAIN).clamp(max=1)
    return marked(meanings.cpu().numpy(), certainty.cpu().numpy())
