"""Any sentence encoder as a text tower: loaded by `transformers`, pooled as its files say.

Reimers and Gurevych 2019, Sentence-BERT, https://arxiv.org/abs/1908.10084; dimensions are cut as in
Kusupati et al. 2022, Matryoshka representation learning, https://arxiv.org/abs/2205.13147
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Encoding

from retrieval.characters import has_visible
from retrieval.clip.errors import EmptyInput, UnusableWeights
from retrieval.clip.length_groups import length_groups
from retrieval.clip.readable import is_read
from retrieval.clip.sentence_spec import SentenceSpec
from retrieval.clip.tower_protocol import InputType, Prepared, TowerVectors
from retrieval.clip.towers.padded import padded
from retrieval.clip.towers.sentence_files import (
    SentenceRecipe,
    digest_of,
    folder_of,
    recipe_of,
)
from retrieval.clip.towers.sentence_loading import context_of, load_module, load_tokenizer
from retrieval.clip.towers.sentence_vocabulary import TokenVocabulary
from retrieval.clip.weights_file import verified


class SentenceText:
    """Texts to the vectors of a sentence encoder, queries and passages with their prefixes."""

    def __init__(self, spec: SentenceSpec, device: str = "cpu") -> None:
        folder = folder_of(spec.model)
        recipe = self._recipe = recipe_of(spec, folder)
        if spec.sha256 is not None:
            verified(recipe.folder / "model.safetensors", spec.sha256)
        self.module = load_module(recipe.folder).to(device)
        self._device = device
        fast = load_tokenizer(recipe.folder, recipe.lower_case)
        self.context_length = context_of(recipe, fast.model_max_length, self.module)
        self._tokenizer, self._pad = fast.backend_tokenizer, fast.pad_token_id
        self._head, self._tail = _marks(self._tokenizer)
        self._vocabulary = TokenVocabulary.read(self._tokenizer, fast.unk_token_id)
        self.dimension = _dimension(spec, self.module)
        self.name = spec.name
        self.identity = _identity(spec, recipe, self.context_length)
        self.tells_queries = recipe.query_prefix != recipe.passage_prefix
        self._prefix_tokens = self._tokens_of(recipe.passage_prefix)
        self.passage_tokens = self._room_after("passage_prefix", self._prefix_tokens)
        self._room_after("query_prefix", self._tokens_of(recipe.query_prefix))
        self._prove()

    def _tokens_of(self, prefix: str) -> int:
        """Return what a prefix adds. By a letter: alone it may end otherwise than before a text."""
        asked = self._tokenizer.encode_batch([prefix + "a", "a"], add_special_tokens=False)
        return len(asked[0]) - len(asked[1])

    def _room_after(self, name: str, tokens: int) -> int:
        """Return the tokens that are left for a text.

        Raises:
            UnusableWeights: They are fewer than those that stand around it.
        """
        around = self._head + self._tail + tokens
        room = self.context_length - around
        if room < around:
            raise UnusableWeights(
                f"{name} takes {tokens} of the {self.context_length} tokens that {self.name} "
                f"reads: it leaves {max(0, room)} for a text"
            )
        return room

    def prepare(self, texts: Sequence[str], input_type: InputType = "passage") -> list[Prepared]:
        """Put the prefix before each text, tokenise, and say which were cut."""
        for text in texts:
            if not has_visible(text):
                raise EmptyInput("the text is empty: it has no visible character")
        is_query = input_type == "query"
        prefix = self._recipe.query_prefix if is_query else self._recipe.passage_prefix
        encodings = self._tokenizer.encode_batch([prefix + text for text in texts])
        return [
            self._prepared(text, len(prefix), encoding)
            for text, encoding in zip(texts, encodings, strict=True)
        ]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens that each text adds to the prefix of passages."""
        asked = [self._recipe.passage_prefix + text for text in texts]
        encodings = self._tokenizer.encode_batch(asked, add_special_tokens=False)
        return [len(encoding) - self._prefix_tokens for encoding in encodings]

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """Return pooled vectors, shape (n, dimension), not normalised."""
        out = np.empty((len(batch), self.dimension), np.float32)
        for rows in length_groups([item.cost for item in batch]):
            out[rows] = self._forward([batch[row].data for row in rows])
        return out

    def _prepared(self, text: str, skipped: int, encoding: Encoding) -> Prepared:
        ids = encoding.ids
        is_cut = len(ids) > self.context_length
        if is_cut:
            kept = self.context_length - self._tail
            ids = ids[:kept] + ids[len(ids) - self._tail :]
        is_unread = not self._is_read(text, skipped, encoding, len(ids))
        return Prepared(np.asarray(ids, np.int64), len(ids), is_cut, is_unread)

    def _is_read(self, text: str, skipped: int, encoding: Encoding, length: int) -> bool:
        unknown = self._vocabulary.unknown
        # Nearly all texts: nothing to count.
        if text.isascii() and unknown.isdisjoint(encoding.ids):
            return True

        def tokens() -> Iterator[tuple[int, int, bool]]:
            last = None
            for at in range(self._head, length - self._tail):
                span = encoding.offsets[at]
                is_known = encoding.ids[at] not in unknown
                # Bytes of one character have one place: it is counted once.
                if span[1] > skipped and (is_known or span != last):
                    yield max(0, span[0] - skipped), span[1] - skipped, is_known
                last = span

        return is_read(text, tokens(), self._vocabulary.has_han)

    def _forward(self, token_ids: list[np.ndarray]) -> TowerVectors:
        # Some models count positions by what is no padding, so padding must be their own.
        ids, mask = padded(token_ids, self._pad)
        with torch.inference_mode():
            ids_t = torch.from_numpy(ids).to(self._device)
            mask_t = torch.from_numpy(mask).to(self._device).long()
            attended = None if mask.all() else mask_t
            hidden = self.module(input_ids=ids_t, attention_mask=attended).last_hidden_state
            pooled = self._pooled(hidden.float(), mask_t.unsqueeze(-1).float())
        return pooled[:, : self.dimension].cpu().numpy()

    def _pooled(self, hidden: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        if self._recipe.pooling == "cls":
            return hidden[:, 0]
        return (hidden * weights).sum(1) / weights.sum(1)

    def _prove(self) -> None:
        """Encode two texts: what is no encoder of texts fails here and not in a request."""
        try:
            vectors = self.encode(self.prepare(["a probe", "another, longer one"], "query"))
        except Exception as error:
            raise UnusableWeights(f"{self.name} encodes no text: {error}") from error
        if not np.isfinite(vectors).all():
            raise UnusableWeights(f"{self.name} gives vectors that are no numbers")


def _marks(tokenizer: Any) -> tuple[int, int]:
    """Return how many special tokens stand before and after every text."""
    mask = tokenizer.encode("a").special_tokens_mask
    inner = [at for at, is_special in enumerate(mask) if not is_special]
    if not inner:
        raise UnusableWeights("the tokeniser makes nothing of a letter")
    return inner[0], len(mask) - 1 - inner[-1]


def _dimension(spec: SentenceSpec, module: torch.nn.Module) -> int:
    whole = int(module.config.hidden_size)  # type: ignore[union-attr, arg-type]
    if spec.dimension is None:
        return whole
    if spec.dimension > whole:
        raise UnusableWeights(f"dimension is {spec.dimension}: {spec.name} has {whole}")
    return spec.dimension


def _identity(spec: SentenceSpec, recipe: SentenceRecipe, context: int) -> str:
    """Return a name of all that changes vectors; the dimension is remembered by itself."""
    prefixes = (recipe.query_prefix, recipe.passage_prefix)
    query, passage = (json.dumps(prefix, ensure_ascii=False) for prefix in prefixes)
    name = Path(spec.name).name
    return (
        f"{name}@{digest_of(recipe.folder)} {recipe.pooling} of {context} tokens"
        f"{', lower case' if recipe.lower_case else ''}, query {query}, passage {passage}"
    )
