"""From similarities to probabilities, by the scale and bias that a model was trained with.

CLIP is trained to tell one right text among many (softmax; Radford et al. 2021), SigLIP to say of
each pair whether it belongs together (sigmoid; Zhai et al. 2023). Both learn a scale, the latter a
bias besides. A model without them gives similarities, and no probabilities.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Similarities = NDArray[np.float64]
"""Shape (n,), cosines of one input with its candidates."""


@dataclass(frozen=True, slots=True)
class TrainedLogits:
    """What a model learnt to multiply similarities by, and to add."""

    scale: float
    bias: float | None = None
    """Only of models that judge each pair by itself."""

    @property
    def kind(self) -> Literal["softmax", "sigmoid"]:
        """Return how probabilities are made: over all candidates, or of each by itself."""
        return "softmax" if self.bias is None else "sigmoid"

    def probabilities(self, similarities: Similarities) -> Similarities:
        """Return shape (n,); those of ``softmax`` add up to one."""
        logits = self.scale * np.asarray(similarities, np.float64) + (self.bias or 0.0)
        if self.kind == "sigmoid":
            # In halves of tanh nothing overflows.
            return 0.5 * (1.0 + np.tanh(logits / 2))
        if not len(logits):
            return logits
        raised = np.exp(logits - logits.max())
        return raised / raised.sum()
