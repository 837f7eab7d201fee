"""The network computes what timm's of the same architecture does, whose padding is right."""

import numpy as np
import pytest
import torch

from retrieval.clip.errors import UnusableWeights
from retrieval.clip.photographs.efficientnet import INPUT_PX, load_efficientnet
from retrieval.clip.photographs.tower import SHA256, packaged_weights
from retrieval.clip.weights_file import verified

PIXELS = np.random.default_rng(3).integers(0, 256, (2, 3, INPUT_PX, INPUT_PX), np.uint8)


def test_logits_are_those_of_the_reference():
    """Names of layers differ, their order does not; pixels are scaled to -1 … 1."""
    timm = pytest.importorskip("timm")
    packaged = packaged_weights()
    assert packaged is not None
    weights = verified(packaged, SHA256)
    reference = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    state = torch.load(weights, map_location="cpu", weights_only=True)
    names = [name for name in reference.state_dict() if not name.endswith("tracked")]
    values = [value for name, value in state.items() if not name.endswith("tracked")]
    reference.load_state_dict(dict(zip(names, values, strict=True)), strict=False)
    pixels = torch.from_numpy(PIXELS)
    with torch.inference_mode():
        expected = reference((pixels.float() - 127.5) / 127.5)
        found = load_efficientnet(weights)(pixels)
    assert torch.allclose(found, expected, atol=1e-3)
    assert expected.std() > 0.5


def test_a_file_that_holds_something_else_is_refused(tmp_path):
    """Whatever is wrong with it; the message names the file and no folder."""
    other = tmp_path / "other.pth"
    torch.save({"_fc.weight": torch.zeros(1)}, other)
    with pytest.raises(UnusableWeights, match=r"^other\.pth does not hold EfficientNet-Lite0"):
        load_efficientnet(other)
