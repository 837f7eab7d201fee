"""Packed layers compute what plain ones do, or are left."""

import copy

import numpy as np
import pytest
import torch

from retrieval.clip.photographs import packed as module
from retrieval.clip.photographs.efficientnet import INPUT_PX, EfficientNetLite, load_efficientnet
from retrieval.clip.photographs.packed import packed
from retrieval.clip.photographs.table import load_table, vectors_of
from retrieval.clip.photographs.tower import PhotographTower, packaged_weights

pytestmark = pytest.mark.model
PIXELS = torch.from_numpy(
    np.random.default_rng(5).integers(0, 256, (5, 3, INPUT_PX, INPUT_PX), np.uint8)
)


@pytest.fixture(scope="module")
def network() -> EfficientNetLite:
    """The one that is installed."""
    weights = packaged_weights()
    assert weights is not None
    return load_efficientnet(weights)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_vectors_stay_where_they_are(network: EfficientNetLite, count: int) -> None:
    """For batches of every size, to five digits: an index goes on with them."""
    made = packed(network)
    assert made is not network
    classes = load_table("classes")
    with torch.inference_mode():
        before = vectors_of(network(PIXELS[:count]), classes)
        after = vectors_of(made(PIXELS[:count]), classes)
    assert np.allclose(after, before, atol=1e-5)


def without_operators() -> object:
    """Stand for a build of PyTorch that has none of them."""
    raise AttributeError("no such operator")


def wrong_operators() -> object:
    """Stand for a processor on which they compute something else."""
    right = torch.ops.mkldnn

    class Wrong:
        _reorder_convolution_weight = right._reorder_convolution_weight

        class _convolution_pointwise:
            binary = right._convolution_pointwise.binary

            def __new__(cls, *arguments: object) -> torch.Tensor:  # type: ignore[misc]
                return right._convolution_pointwise(*arguments) * 1.01

    return Wrong


@pytest.mark.parametrize("operators", [without_operators, wrong_operators])
def test_where_packed_layers_fail_or_err_plain_ones_stay(
    network: EfficientNetLite, monkeypatch: pytest.MonkeyPatch, operators: object
) -> None:
    """The answer is the same everywhere; only its cost is not."""
    monkeypatch.setattr(module, "_operators", operators)
    assert packed(network) is network


def test_a_copy_in_another_precision_shares_the_network() -> None:
    """It is in fp32 always, and packed weights cannot be copied."""
    weights = packaged_weights()
    assert weights is not None
    tower = PhotographTower(weights, "cpu")
    assert copy.deepcopy(tower) is tower
