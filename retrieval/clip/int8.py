"""Dense layers in eight-bit integers: a quarter of the work where the CPU multiplies them (VNNI).

Weights get one scale for each output, activations one for each token, so that what an item's
vector is does not depend on the strangers in its batch. Products and sums are exact in 32 bits.
Dettmers et al. 2022, LLM.int8(), section 2.1 (vector-wise quantisation),
https://arxiv.org/abs/2208.07339
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

LEAST_FEATURES = 256
"""Narrower layers spend their gain on scaling."""
MOST = 127.0


class Int8Linear(nn.Module):
    """A dense layer, made from one in floating point."""

    weight: Tensor
    scale: Tensor
    bias: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        exact = weight.detach().float()
        scale = _scale(exact)
        # Transposed once, as the product reads it.
        self.register_buffer("weight", _rounded(exact, scale).t().contiguous())
        self.register_buffer("scale", scale.squeeze(-1))
        self.register_buffer("bias", None if bias is None else bias.detach().float())
        # Under this name open_clip asks what its layers compute in.
        self.int8_original_dtype = weight.dtype

    def forward(self, values: Tensor) -> Tensor:
        """Map shape (…, in) to (…, out), of the same type."""
        rows = values.reshape(-1, values.shape[-1]).float()
        scale = _scale(rows)
        whole = torch._int_mm(_rounded(rows, scale), self.weight)  # pyright: ignore[reportPrivateImportUsage]
        product = whole.float().mul_(scale)
        if self.bias is None:
            out = product.mul_(self.scale)
        else:
            out = torch.addcmul(self.bias, product, self.scale)
        return out.to(values.dtype).view(*values.shape[:-1], -1)


class Int8Attention(nn.Module):
    """Self-attention whose projections are in eight bits; called like ``MultiheadAttention``."""

    def __init__(self, exact: nn.MultiheadAttention) -> None:
        super().__init__()
        assert exact.in_proj_weight is not None
        self._heads = exact.num_heads
        self.qkv = Int8Linear(exact.in_proj_weight, exact.in_proj_bias)
        self.out = Int8Linear(exact.out_proj.weight, exact.out_proj.bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        need_weights: bool = False,
        attn_mask: Tensor | None = None,
    ) -> tuple[Tensor, None]:
        """Attend within each item, shape (items, tokens, width); ``attn_mask`` is added.

        Raises:
            ValueError: Asked for what only exact attention does here.
        """
        if key is not query or value is not query or need_weights:
            raise ValueError("only self-attention without weights is quantised")
        items, tokens, width = query.shape
        split = self.qkv(query).view(items, tokens, 3, self._heads, width // self._heads)
        parts = split.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(*parts, attn_mask=attn_mask)
        return self.out(mixed.transpose(1, 2).reshape(items, tokens, width)), None


class Int8Patches(nn.Module):
    """A convolution over patches that neither overlap nor leave gaps: a dense layer over each."""

    def __init__(self, exact: nn.Conv2d) -> None:
        super().__init__()
        self._side = exact.kernel_size[0]
        self.dense = Int8Linear(exact.weight.flatten(1), exact.bias)

    def forward(self, pictures: Tensor) -> Tensor:
        """Map shape (n, channels, height, width) to (n, out, height/side, width/side)."""
        side = self._side
        count, channels, height, width = pictures.shape
        rows, columns = height // side, width // side
        cut = pictures[:, :, : rows * side, : columns * side]
        split = cut.reshape(count, channels, rows, side, columns, side)
        patches = split.permute(0, 2, 4, 1, 3, 5).reshape(count, rows, columns, -1)
        return self.dense(patches).permute(0, 3, 1, 2)


def quantise(module: nn.Module) -> int:
    """Replace, in place, every layer that gains by it; return how many."""
    count = 0
    for name, child in list(module.named_children()):
        replaced = _replacement(child)
        if replaced is None:
            count += quantise(child)
        else:
            setattr(module, name, replaced)
            count += 1
    return count


def _replacement(layer: nn.Module) -> nn.Module | None:
    if isinstance(layer, nn.MultiheadAttention):
        plain = layer.in_proj_weight is not None and layer.batch_first
        extras = layer.bias_k is not None or layer.add_zero_attn
        wide = layer.embed_dim >= LEAST_FEATURES
        return Int8Attention(layer) if plain and not extras and wide else None
    if isinstance(layer, nn.Conv2d):
        patches = layer.kernel_size == layer.stride and len(set(layer.kernel_size)) == 1
        plain = not any(layer.padding) and layer.groups == 1 and set(layer.dilation) == {1}
        wide = min(layer.weight[0].numel(), layer.out_channels) >= LEAST_FEATURES
        return Int8Patches(layer) if patches and plain and wide else None
    if isinstance(layer, nn.Linear):
        wide = min(layer.in_features, layer.out_features) >= LEAST_FEATURES
        return Int8Linear(layer.weight, layer.bias) if wide else None
    return None


def _scale(rows: Tensor) -> Tensor:
    """What one step stands for in each row; a row of zeros has any."""
    return rows.abs().amax(-1, keepdim=True).div_(MOST).clamp_min_(torch.finfo(torch.float).tiny)


def _rounded(rows: Tensor, scale: Tensor) -> Tensor:
    return (rows / scale).round_().to(torch.int8)
