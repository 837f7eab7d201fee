"""Dense layers in eight bits: close to the exact ones, and the same whoever shares the batch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from retrieval.clip.int8 import (
    LEAST_FEATURES,
    Int8Attention,
    Int8Linear,
    Int8Patches,
    quantise,
)

WIDTH = LEAST_FEATURES


def linear(bias: bool = True, seed: int = 0) -> nn.Linear:
    torch.manual_seed(seed)
    return nn.Linear(WIDTH, WIDTH + 8, bias=bias)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_layer_is_close_to_the_exact_one(bias: bool, dtype: torch.dtype) -> None:
    """In its caller's type, for any number of dimensions in front."""
    exact = linear(bias)
    values = torch.randn(3, 5, WIDTH)
    found = Int8Linear(exact.weight, exact.bias)(values.to(dtype))
    assert found.dtype == dtype
    assert found.shape == (3, 5, WIDTH + 8)
    cosine = torch.cosine_similarity(found.float(), exact(values), -1)
    assert cosine.min() > 0.999


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(1, 40), seed=st.integers(0, 2**16), loud=st.floats(1e-6, 1e6))
def test_an_item_s_result_does_not_depend_on_its_neighbours(rows, seed, loud) -> None:
    """Bit by bit, however loud they are: they are other clients' items."""
    torch.manual_seed(seed)
    exact = linear()
    layer = Int8Linear(exact.weight, exact.bias)
    mine, others = torch.randn(1, WIDTH), torch.randn(rows, WIDTH) * loud
    assert torch.equal(layer(torch.cat([mine, others]))[:1], layer(mine))


def test_products_are_exact_integers() -> None:
    """What is lost is lost in rounding, never in sums that overflow or saturate."""
    weight = torch.full((WIDTH, 4096), 1.0)
    weight[::2] = -1.0
    found = Int8Linear(weight, None)(torch.full((2, 4096), 3.0))
    expected = torch.full((2, WIDTH), 3.0 * 4096)
    expected[:, ::2] *= -1
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


def test_rows_of_zeros_and_rows_that_are_not_finite_stay_what_they_are() -> None:
    """Zeros give the bias; what is not finite is not turned into a harmless number."""
    exact = linear()
    layer = Int8Linear(exact.weight, exact.bias)
    torch.testing.assert_close(layer(torch.zeros(1, WIDTH))[0], exact.bias.detach())
    for bad in (float("nan"), float("inf")):
        values = torch.zeros(1, WIDTH)
        values[0, 3] = bad
        assert not torch.isfinite(layer(values)).any()


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_close_to_the_exact_one(causal: bool) -> None:
    """With the additive mask of causal towers too."""
    torch.manual_seed(1)
    exact = nn.MultiheadAttention(WIDTH, 4, batch_first=True).eval()
    values = torch.randn(2, 7, WIDTH)
    mask = torch.full((7, 7), float("-inf")).triu_(1) if causal else None
    with torch.inference_mode():
        wanted = exact(values, values, values, need_weights=False, attn_mask=mask)[0]
        found, weights = Int8Attention(exact)(values, values, values, False, mask)
    assert weights is None
    assert torch.cosine_similarity(found, wanted, -1).min() > 0.999


def test_attention_between_two_sequences_is_not_quantised() -> None:
    """It says so instead of attending to the wrong one."""
    layer = Int8Attention(nn.MultiheadAttention(WIDTH, 4, batch_first=True))
    values = torch.randn(1, 2, WIDTH)
    with pytest.raises(ValueError, match="self-attention"):
        layer(values, values.clone(), values)


def test_only_wide_layers_are_replaced() -> None:
    """And others than dense ones are left alone."""
    inner = nn.Sequential(linear(), nn.LayerNorm(WIDTH + 8), nn.Linear(WIDTH + 8, 4))
    model = nn.Sequential(nn.Conv2d(3, 4, 3), inner, nn.MultiheadAttention(8, 2))
    assert quantise(model) == 1
    kinds = [type(layer).__name__ for layer in model.modules()]
    assert kinds.count("Int8Linear") == 1
    assert np.sum([kind == "Linear" for kind in kinds]) == 1


@pytest.mark.parametrize("size", [(16, 16), (35, 51)])
def test_patches_are_close_to_the_convolution(size: tuple[int, int]) -> None:
    """In the same places, and without the rest that fills no patch."""
    torch.manual_seed(2)
    exact = nn.Conv2d(5, WIDTH, 8, stride=8, bias=False)
    pictures = torch.randn(2, 5, *size)
    with torch.inference_mode():
        wanted, found = exact(pictures), Int8Patches(exact)(pictures)
    assert found.shape == wanted.shape
    assert torch.cosine_similarity(found, wanted, 1).min() > 0.999


@pytest.mark.parametrize("change", [{"stride": 4}, {"padding": 1}, {"dilation": 2}])
def test_other_convolutions_are_left_alone(change: dict) -> None:
    """Their windows overlap, or reach over the edge."""
    settings = {"kernel_size": 8, "stride": 8} | change
    assert quantise(nn.Sequential(nn.Conv2d(5, WIDTH, **settings))) == 0
