"""Any open_clip model as a text tower and a picture tower."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.transform import PreprocessCfg
from open_clip.transformer import TextTransformer

from retrieval.characters import has_visible
from retrieval.clip.errors import EmptyInput, UnknownModel, UnusableWeights, WeightsNotFound
from retrieval.clip.length_groups import length_groups
from retrieval.clip.pictures.decode import PictureLimits
from retrieval.clip.pictures.geometry import Geometry
from retrieval.clip.pictures.recipe import PictureRecipe
from retrieval.clip.tower_protocol import InputType, Prepared, TowerVectors, prepared_here
from retrieval.clip.weights_file import verified
from retrieval.logits import TrainedLogits

RANDOM = "random"
"""As ``pretrained``: no weights at all, for speed measurements; asked for by name only."""


def load_model(model: str, pretrained: str | None, sha256: str | None) -> torch.nn.Module:
    """Build an open_clip model in fp32.

    Args:
        model: An architecture (``ViT-B-32``) or ``hf-hub:…`` / ``local-dir:…``.
        pretrained: A hub tag (cached or downloaded), a local file, or ``random``.
        sha256: Checked against the weights file when given.

    Raises:
        UnknownModel: No such architecture or tag.
        WeightsNotFound: Neither cached nor reachable.
        ChecksumMismatch: Another file than was asked for.
        UnusableWeights: The file does not fit the architecture.
    """
    has_scheme = model.startswith(("hf-hub:", "local-dir:"))
    if not has_scheme and model not in open_clip.list_models():
        raise UnknownModel(f"open_clip has no architecture {model!r}")
    source = None if has_scheme else _weights(model, pretrained, sha256)
    # Replicas of a model with random weights shall at least be the same model.
    torch.manual_seed(0)
    try:
        return open_clip.create_model(
            model,
            pretrained=source,
            # One class for all towers, with the text tower in a module of its own.
            force_custom_text=True,
            require_pretrained=source is not None,
            # A text tower of its own, whose weights would be fetched and then replaced.
            pretrained_text=False,
        ).eval()
    except (RuntimeError, KeyError) as error:
        raise UnusableWeights(f"{pretrained!r} does not load into {model}: {error}") from error
    except OSError as error:
        raise WeightsNotFound(f"{model}: weights not cached and not reachable: {error}") from error


def _weights(model: str, pretrained: str | None, sha256: str | None) -> str | None:
    if pretrained is None:
        raise WeightsNotFound(
            f"{model} needs `pretrained`: a tag ({_tags(model)}), a local file, or 'random'"
        )
    if pretrained == RANDOM:
        return None
    if Path(pretrained).suffix:
        return str(verified(Path(pretrained), sha256))
    config = open_clip.get_pretrained_cfg(model, pretrained)
    if not config:
        raise UnknownModel(f"{model} has no tag {pretrained!r}; it has {_tags(model)}")
    try:
        path = open_clip.download_pretrained(config)
    except Exception as error:  # the hub client's errors share no base
        raise WeightsNotFound(
            f"{model}/{pretrained} is not in the cache and the hub is not reachable: {error}"
        ) from error
    verified(Path(path), sha256)
    return pretrained


def _tags(model: str) -> str:
    return ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none"


def trained_logits(model: Any, pretrained: str | None) -> TrainedLogits | None:
    """Return a model's scale and bias, None where its weights are random."""
    if pretrained == RANDOM:
        return None
    scale = float(model.logit_scale.detach().float().exp())
    bias = model.logit_bias
    return TrainedLogits(scale, None if bias is None else float(bias.detach().float()))


def joint_dimension(model: Any, source: str) -> int:
    """Return the dimension of a model's vectors, by encoding a text."""
    tokens = open_clip.get_tokenizer(source)(["a"])
    with torch.inference_mode():
        return int(model.encode_text(tokens.to(next(model.parameters()).device)).shape[-1])


class OpenClipText:
    """The text tower of an open_clip model; causal towers see only the tokens that count."""

    tells_queries = False

    def __init__(self, model: Any, name: str, source: str, dimension: int, device: str) -> None:
        self.name = self.identity = name
        self.dimension = dimension
        self._model = model
        self._device = device
        self._tokenizer = open_clip.get_tokenizer(source)
        # Not the model's: towers of Hugging Face say how many positions they have, or nothing.
        self.context_length = int(self._tokenizer.context_length or model.context_length)
        # After the end-of-text token a causal tower's positions cannot reach the pooled
        # one, so they are left out exactly. Any other tower gets all its positions.
        self._trims = _is_causal_argmax(model.text)

    def prepare(self, texts: Sequence[str], input_type: InputType = "passage") -> list[Prepared]:
        """Tokenise; a text longer than the context is cut and says so."""
        for text in texts:
            if not has_visible(text):
                raise EmptyInput("the text is empty: it has no visible character")
        rows = self._tokenizer(list(texts)).numpy()
        return [self._prepared(text, row) for text, row in zip(texts, rows, strict=True)]

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """Return shape (n, dimension), not normalised."""
        out = np.empty((len(batch), self.dimension), np.float32)
        for rows in length_groups([item.cost for item in batch]):
            out[rows] = self._forward([batch[row].data for row in rows])
        return out

    def _prepared(self, text: str, row: np.ndarray) -> Prepared:
        end = int(row.argmax()) + 1 if self._trims else len(row)
        full = end == self.context_length or not self._trims
        truncated = full and self._token_count(text) > self.context_length
        return Prepared(row[:end], end, truncated)

    def _token_count(self, text: str) -> int:
        if isinstance(self._tokenizer, open_clip.SimpleTokenizer):
            return len(self._tokenizer.encode(text)) + 2
        # Wrappers of Hugging Face tokenizers count their special tokens themselves.
        return len(self._tokenizer.tokenizer(text)["input_ids"])

    def _forward(self, token_ids: list[np.ndarray]) -> TowerVectors:
        width = max(len(ids) for ids in token_ids)
        padded = np.zeros((len(token_ids), width), np.int64)
        for row, ids in enumerate(token_ids):
            padded[row, : len(ids)] = ids
        with torch.inference_mode():
            tokens = torch.from_numpy(padded).to(self._device)
            if self._trims:
                features = _trimmed_forward(self._model.text, tokens)
            else:
                features = self._model.encode_text(tokens)
        return features.float().cpu().numpy()


def _is_causal_argmax(text: Any) -> bool:
    return (
        isinstance(text, TextTransformer)
        and text.attn_mask is not None
        and text.pool_type == "argmax"
        and text.cls_emb is None
        and not text.use_pad_mask
    )


def _trimmed_forward(text: Any, tokens: torch.Tensor) -> torch.Tensor:
    """TextTransformer.forward over the first ``tokens.shape[1]`` positions only."""
    length = tokens.shape[1]
    hidden = text.token_embedding(tokens) + text.positional_embedding[:length]
    hidden = text.transformer(hidden, attn_mask=text.attn_mask[:length, :length])
    # Only the end-of-text position is read: normalise and project just that one.
    pooled = hidden[torch.arange(len(tokens), device=tokens.device), tokens.argmax(dim=-1)]
    pooled = text.ln_final(pooled)
    projection = text.text_projection
    if projection is None:
        return pooled
    return projection(pooled) if isinstance(projection, torch.nn.Module) else pooled @ projection


class OpenClipPicture:
    """The picture tower of an open_clip model, with the model's own preprocessing."""

    def __init__(
        self, model: Any, name: str, dimension: int, device: str, limits: PictureLimits
    ) -> None:
        self.name = self.identity = name
        self.dimension = dimension
        self._model = model
        self._device = device
        config = PreprocessCfg(**model.visual.preprocess_cfg)
        # Geometry is done on 8-bit pixels; scaling and normalising move into the forward
        # pass, where the whole batch shares one operation.
        self.recipe = PictureRecipe(limits, geometry_of(config))
        shape = (1, -1, 1, 1)
        self._mean = (torch.tensor(config.mean) * 255).view(shape).to(device)
        self._std = (torch.tensor(config.std) * 255).view(shape).to(device)

    def prepare(self, picture: bytes) -> Prepared:
        """Decode, resize and crop; shape (3, height, width), 8 bits."""
        return prepared_here(self.recipe, picture)

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """Return shape (n, dimension), not normalised."""
        pixels = np.stack([item.data for item in batch])
        with torch.inference_mode():
            tensor = torch.from_numpy(pixels).to(self._device).float()
            tensor = (tensor - self._mean).div_(self._std)
            features = self._model.encode_image(tensor.to(_dtype(self._model)))
        return features.float().cpu().numpy()


def geometry_of(config: PreprocessCfg) -> Geometry:
    """Return how a model wants its pictures, as open_clip's own transforms read its settings."""
    size = config.size
    height, width = (size, size) if isinstance(size, int) else (size[0], size[1])
    is_cropped = (config.resize_mode or "shortest") == "shortest"
    is_bilinear = config.interpolation == "bilinear" and not (is_cropped and height != width)
    return Geometry(
        height,
        width,
        "shortest" if is_cropped else config.resize_mode,  # type: ignore[arg-type]
        "bilinear" if is_bilinear else "bicubic",
        0 if is_cropped else config.fill_color,
    )


def _dtype(model: torch.nn.Module) -> torch.dtype:
    return next(model.parameters()).dtype
