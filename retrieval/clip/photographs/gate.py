"""Whether a picture is one that the drawn tower was made for, or a photograph.

Two signs, and both must be there: the tower recognises one of its thousand looks about as well as
it does in what it was trained on, and the picture's edge is pale and nearly grey, as every drawn
background is. Neither was learned from photographs: there are none in this repository.
"""

import numpy as np
import torch
from numpy.typing import NDArray

LEAST_COSINE = 0.22
"""With the nearest look. Of 1,500 drawn pictures in three formats the least had 0.23."""
LEAST_PALE_EDGE = 0.8
"""Of the edge's pixels. Of the same pictures the least had 0.93."""
PALEST, DARKEST, MOST_COLOUR = 250, 140, 32


def may_be_drawn(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which pictures have the edge of a drawn one: the sign that costs next to nothing.

    Args:
        pixels: Shape (n, 3, 64, 64), as the drawn tower takes them.
    """
    return pale_edge(pixels) >= LEAST_PALE_EDGE


def are_recognised(vectors: torch.Tensor, looks: torch.Tensor) -> NDArray[np.bool_]:
    """Return in which pictures the drawn tower recognises a look.

    Args:
        vectors: Shape (n, d), what it made of them, of any length.
        looks: Shape (1000, d), the texts of its looks, length 1.
    """
    cosines = torch.nn.functional.normalize(vectors, dim=1) @ looks.T
    return (cosines.amax(1) >= LEAST_COSINE).cpu().numpy()


def pale_edge(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the share of each picture's edge that is pale and nearly grey, shape (n,)."""
    sides = (pixels[:, :, 0], pixels[:, :, -1], pixels[:, :, :, 0], pixels[:, :, :, -1])
    edge = np.concatenate(sides, axis=2).astype(np.int16)
    least, most = edge.min(axis=1), edge.max(axis=1)
    pale = (least >= DARKEST) & (most <= PALEST) & (most - least <= MOST_COLOUR)
    return pale.mean(axis=1)
