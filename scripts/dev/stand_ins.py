"""Stand-ins for what text towers fetch from a hub: a tokeniser of few words, sizes as published."""

from collections.abc import Callable
from typing import Any

TEXT = "a photograph of a red mug"
"""Whose words the tokeniser knows."""


def stand_in() -> None:
    """Have transformers find a tokeniser, and the sizes of towers, without a network."""
    import transformers

    def config(name: str, **settings: Any) -> Any:
        return _CONFIGS[name]()

    setattr(transformers.AutoConfig, "from_pretrained", config)  # noqa: B010
    transformers.AutoTokenizer.from_pretrained = lambda *args, **settings: _tokenizer()


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = ["<s>", "<pad>", "</s>", "<unk>", *TEXT.split()]
    table = {word: number for number, word in enumerate(dict.fromkeys(words))}
    made = Tokenizer(models.WordLevel(table, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    special: dict[str, Any] = {
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "bos_token": "<s>",
    }
    return PreTrainedTokenizerFast(tokenizer_object=made, **special)


def _roberta() -> Any:
    from transformers import RobertaConfig

    return RobertaConfig(vocab_size=50_265, max_position_embeddings=514, type_vocab_size=1)


def _xlm_roberta(**sizes: Any) -> Any:
    from transformers import XLMRobertaConfig

    common: dict[str, Any] = {
        "vocab_size": 250_002,
        "max_position_embeddings": 514,
        "type_vocab_size": 1,
    }
    return XLMRobertaConfig(**common, **sizes)


def _large_xlm_roberta() -> Any:
    sizes: dict[str, Any] = {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "intermediate_size": 4096,
    }
    return _xlm_roberta(**sizes, num_attention_heads=16)


def _mt5(width: int, inner: int, layers: int, heads: int) -> Any:
    from transformers import MT5Config

    sizes: dict[str, Any] = {
        "d_model": width,
        "d_ff": inner,
        "num_layers": layers,
        "num_heads": heads,
    }
    return MT5Config(vocab_size=250_112, d_kv=64, **sizes)


def _nllb(layers: int, inner: int) -> Any:
    from transformers import M2M100Config

    sizes: dict[str, Any] = {
        "encoder_layers": layers,
        "decoder_layers": layers,
        "encoder_ffn_dim": inner,
    }
    return M2M100Config(vocab_size=256_206, d_model=1024, decoder_ffn_dim=inner, **sizes)


_CONFIGS: dict[str, Callable[[], Any]] = {
    "roberta-base": _roberta,
    "xlm-roberta-base": _xlm_roberta,
    "xlm-roberta-large": _large_xlm_roberta,
    "google/mt5-base": lambda: _mt5(768, 2048, 12, 12),
    "google/mt5-xl": lambda: _mt5(2048, 5120, 24, 32),
    "facebook/nllb-200-distilled-600M": lambda: _nllb(12, 4096),
    "facebook/nllb-200-distilled-1.3B": lambda: _nllb(24, 8192),
}
