"""The network for a CPU: a layer is one kernel of oneDNN, and weights lie as it reads them.

PyTorch alone rearranges weights in each call, and walks over what a convolution wrote again for
its activation and its sum: an eighth of the time. The operators are those that torch.compile calls.
"""

import copy
from typing import Any

import torch
from torch import nn

from retrieval.clip.photographs.efficientnet import (
    INPUT_PX,
    Convolution,
    EfficientNetLite,
    padded,
)

NEAR = 1e-3
"""Between logits, which are of the order of ten. Two orders of summing differ by a hundredth."""


def packed(network: EfficientNetLite) -> EfficientNetLite:
    """Return the same network with packed layers, or itself where they are not available.

    Args:
        network: On the CPU, in fp32.
    """
    probe = torch.arange(3 * INPUT_PX**2).reshape(1, 3, INPUT_PX, INPUT_PX) * 7 % 256
    with torch.inference_mode():
        try:
            made = _packed(network)
            found = made(probe)
        # A build or a processor without these operators says so in ways of its own.
        except (RuntimeError, AttributeError, NotImplementedError):
            return network
        return made if torch.allclose(found, network(probe), atol=NEAR) else network


def _packed(network: EfficientNetLite) -> EfficientNetLite:
    made = copy.deepcopy(network)
    for module in [made, *made.blocks]:
        for name, child in module.named_children():
            if isinstance(child, Convolution):
                setattr(module, name, _Packed(child))
    return made


class _Packed(nn.Module):
    """What stands for a convolution."""

    def __init__(self, convolution: Convolution) -> None:
        super().__init__()
        conv = convolution.conv
        self._ends = convolution.ends
        self._bias = conv.bias
        self._shape: Any = list(conv.padding), list(conv.stride), [1, 1], conv.groups
        self._weight = _operators()._reorder_convolution_weight(conv.weight, *self._shape, None)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Convolve; no value is below 0 or above 6."""
        return self._run(hidden, "hardtanh", [0.0, 6.0])

    def linear(self, hidden: torch.Tensor, added: torch.Tensor | None = None) -> torch.Tensor:
        """Convolve without an activation, and add what is given."""
        if added is None:
            return self._run(hidden, "none", [])
        run = _operators()._convolution_pointwise.binary
        weights = self._weight, self._bias, *self._shape
        return run(padded(hidden, self._ends), added, *weights, "add", 1.0, None, [], None)

    def _run(self, hidden: torch.Tensor, activation: str, bounds: list[float]) -> torch.Tensor:
        run = _operators()._convolution_pointwise
        weights = self._weight, self._bias, *self._shape
        return run(padded(hidden, self._ends), *weights, activation, bounds, "")


def _operators() -> Any:
    return torch.ops.mkldnn
