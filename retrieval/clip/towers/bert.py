"""The encoder of BERT in plain torch: what MiniLM needs of it, and nothing else.

Own code because `transformers` takes three seconds of every start to import and as long again for
a short text as the layers themselves; a test holds both to the same vectors.
Devlin et al. 2019, https://arxiv.org/abs/1810.04805
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from retrieval.clip.errors import UnknownModel


@dataclass(frozen=True, slots=True)
class BertShape:
    """The sizes of a model, named as in its config.json."""

    hidden_size: int
    intermediate_size: int
    layer_norm_eps: float
    max_position_embeddings: int
    num_attention_heads: int
    num_hidden_layers: int
    vocab_size: int

    @classmethod
    def read(cls, file: Path) -> "BertShape":
        """Read a config.json.

        Raises:
            UnknownModel: Not a BERT encoder of the kind that is built here.
        """
        config = json.loads(file.read_text())
        expected = {"model_type": "bert", "hidden_act": "gelu"}
        for name, value in expected.items():
            if config.get(name) != value:
                raise UnknownModel(f"{file.name}: {name} is {config.get(name)!r}, not {value!r}")
        return cls(**{name: config[name] for name in cls.__dataclass_fields__})


class Bert(nn.Module):
    """Token ids to hidden states."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        width = shape.hidden_size
        self.words = nn.Embedding(shape.vocab_size, width)
        self.positions = nn.Embedding(shape.max_position_embeddings, width)
        # Of one segment, as here every text is, the model knows a single vector.
        self.segment = nn.Parameter(torch.empty(width))
        self.norm = nn.LayerNorm(width, shape.layer_norm_eps)
        self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.num_hidden_layers))

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Encode texts.

        Args:
            ids: Shape (texts, tokens).
            mask: Shape (texts, tokens), true for tokens that are no padding; None if all are.

        Returns:
            Shape (texts, tokens, hidden size).
        """
        hidden = self.words(ids) + (self.positions.weight[: ids.shape[1]] + self.segment)
        hidden = self.norm(hidden)
        attended = None if mask is None else mask[:, None, None, :]
        for layer in self.layers:
            hidden = layer(hidden, attended)
        return hidden

    def load(self, weights: Mapping[str, Tensor]) -> None:
        """Take over weights under the names that `transformers` gives them.

        Raises:
            KeyError: A weight is missing.
            RuntimeError: One is of another shape.
        """
        state = {
            "words.weight": weights["embeddings.word_embeddings.weight"],
            "positions.weight": weights["embeddings.position_embeddings.weight"],
            "segment": weights["embeddings.token_type_embeddings.weight"][0],
            "norm.weight": weights["embeddings.LayerNorm.weight"],
            "norm.bias": weights["embeddings.LayerNorm.bias"],
        }
        for number in range(len(self.layers)):
            theirs = f"encoder.layer.{number}."
            for kind in ("weight", "bias"):
                # One product instead of three: queries, keys and values side by side.
                parts = (f"{theirs}attention.self.{p}.{kind}" for p in ("query", "key", "value"))
                state[f"layers.{number}.qkv.{kind}"] = torch.cat([weights[p] for p in parts])
                for own, other in _NAMES.items():
                    state[f"layers.{number}.{own}.{kind}"] = weights[f"{theirs}{other}.{kind}"]
        self.load_state_dict(state, assign=True)


_NAMES = {
    "out": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "norm": "output.LayerNorm",
}


class _Layer(nn.Module):
    """Attention, then two dense layers; the sum of each with its input is normalised."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        width, eps = shape.hidden_size, shape.layer_norm_eps
        self._heads = shape.num_attention_heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, eps)
        self.wide = nn.Linear(width, shape.intermediate_size)
        self.narrow = nn.Linear(shape.intermediate_size, width)
        self.norm = nn.LayerNorm(width, eps)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        texts, tokens, width = hidden.shape
        split = self.qkv(hidden).view(texts, tokens, 3, self._heads, width // self._heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = self.out(mixed.transpose(1, 2).reshape(texts, tokens, width))
        hidden = self.attention_norm(mixed + hidden)
        return self.norm(self.narrow(functional.gelu(self.wide(hidden))) + hidden)
