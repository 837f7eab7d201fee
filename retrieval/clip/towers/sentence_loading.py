"""Tokeniser and weights of a sentence encoder, from files that hold no code.

Imports `transformers` where it is called for: that takes seconds, and MiniLM does without.
"""

from pathlib import Path
from typing import Any

import torch
from tokenizers import normalizers

from retrieval.clip.errors import UnusableWeights, WeightsNotFound
from retrieval.clip.towers.sentence_files import LONGEST_UNASKED, SentenceRecipe


def load_module(folder: Path) -> torch.nn.Module:
    """Load the model in fp32; code that comes with it is never run.

    Raises:
        WeightsNotFound: The folder has no safetensors.
        UnusableWeights: They are not all that the model needs, or it is no encoder.
    """
    from transformers import AutoModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    if not any(folder.glob("model*.safetensors")):
        raise WeightsNotFound(f"{folder.name} has no model.safetensors; no other kind is read")
    try:
        module, told = AutoModel.from_pretrained(
            folder,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
    except Exception as error:  # its errors share no base
        raise UnusableWeights(f"{folder.name} does not load: {error}") from error
    # Tokens are pooled here: the layer on top of the first one is of no use.
    missing = sorted(key for key in told["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise UnusableWeights(f"{folder.name} lacks weights: {', '.join(missing[:5])}")
    if module.config.is_encoder_decoder:
        raise UnusableWeights(f"{folder.name} has a decoder: it is no sentence encoder")
    return module.eval()


def load_tokenizer(folder: Path, lower_case: bool) -> Any:
    """Load the tokeniser, which neither cuts nor pads.

    Raises:
        UnusableWeights: There is none, or none that gives places in the text.
    """
    from transformers import AutoTokenizer

    try:
        fast = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # its errors share no base
        raise UnusableWeights(f"{folder.name} has no tokeniser that loads: {error}") from error
    if not fast.is_fast or fast.pad_token_id is None or fast.truncation_side != "right":
        raise UnusableWeights(
            f"{folder.name}: the tokeniser should be a fast one that pads and cuts at the end"
        )
    inner = fast.backend_tokenizer
    inner.no_padding()
    inner.no_truncation()
    if lower_case:
        before = [] if inner.normalizer is None else [inner.normalizer]
        inner.normalizer = normalizers.Sequence([normalizers.Lowercase(), *before])
    return fast


def context_of(recipe: SentenceRecipe, of_tokenizer: int, module: torch.nn.Module) -> int:
    """Return how many tokens of a text are read.

    Raises:
        UnusableWeights: More are asked for than the model has positions.
    """
    most = _positions(module)
    if recipe.max_tokens is None:
        return min(of_tokenizer, most, LONGEST_UNASKED)
    if recipe.max_tokens > most:
        raise UnusableWeights(f"max_tokens is {recipe.max_tokens}: the model reads {most}")
    return recipe.max_tokens


def _positions(module: torch.nn.Module) -> int:
    for name, part in module.named_modules():
        if name.endswith("position_embeddings") and isinstance(part, torch.nn.Embedding):
            # Of RoBERTa's kin the first ones stand for padding.
            return part.num_embeddings - (0 if part.padding_idx is None else part.padding_idx + 1)
    return int(getattr(module.config, "max_position_embeddings", None) or LONGEST_UNASKED)
