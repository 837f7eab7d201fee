"""Sentence encoders made by tests: small, random, in folders of sentence-transformers' kind."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    BertConfig,
    BertModel,
    ModernBertConfig,
    ModernBertModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from retrieval.clip.sentence_spec import SentenceSpec
from retrieval.clip.towers.sentence import SentenceText

Made = Callable[..., Path]
KINDS = ("bert", "xlm-roberta", "modernbert")
POSITIONS = 64
WIDTH = 32
CORPUS = [
    "a red mug of clay stands on the wooden table",
    "the quick brown fox jumps over a lazy dog",
    "query: which lamp is made of brass",
    "passage: a lamp of brass for the evening, warm and small",
    "Der Becher ist rot, die Lampe aus Messing",
] * 4
SHAPE = {
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}

PROMPTS = {"query": "query: ", "document": "passage: "}
LONG = "the quick brown fox jumps over a lazy dog " * 30
TEXTS = [
    "a red mug of clay",
    "x",
    LONG,
    "Der Becher ist rot; die Lampe AUS Messing!",
    "two texts of much the same length",
    "naïve café, \u4e2d\u6587 and \U0001f600",
    "one\n\n  two\tthree   ",
]


def sentence_model(folder: Path, kind: str, **files: Mapping[str, Any] | list[Any]) -> Path:
    """Write a model of one architecture into a folder, by default pooled by the mean.

    Args:
        folder: Is made.
        kind: One of ``KINDS``.
        files: More JSON files, ``__`` standing for a folder; they replace those written here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(kind)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(5)
    model = _model(kind, tokenizer)
    # Drawn wide: vectors of an untrained model lie close together, which hides mistakes.
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) * 0.2)
    model.eval().save_pretrained(folder)
    for name, content in {**as_published(), **files}.items():
        file = folder / (name.replace("__", "/") + ".json")
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content))
    return folder


def as_published(pooling: str = "mean") -> dict[str, Any]:
    """Return the files that tell sentence-transformers what the parts of a model are."""
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    return {
        "modules": [
            {
                "idx": at,
                "name": str(at),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for at, (path, kind) in enumerate(kinds.items())
        ],
        "1_Pooling__config": {
            "word_embedding_dimension": WIDTH,
            "pooling_mode_cls_token": pooling == "cls",
            "pooling_mode_mean_tokens": pooling == "mean",
        },
        "sentence_bert_config": {"max_seq_length": 40, "do_lower_case": False},
    }


def _model(kind: str, tokenizer: PreTrainedTokenizerFast) -> torch.nn.Module:
    words, pad = len(tokenizer), tokenizer.pad_token_id
    if kind == "bert":
        config = BertConfig(**SHAPE, vocab_size=words, max_position_embeddings=POSITIONS)
        return BertModel(config)
    if kind == "xlm-roberta":
        # Two positions stand for padding.
        more = {"max_position_embeddings": POSITIONS + 2, "type_vocab_size": 1, "pad_token_id": pad}
        return XLMRobertaModel(XLMRobertaConfig(**SHAPE, vocab_size=words, **more))
    config = ModernBertConfig(
        **SHAPE,
        vocab_size=words,
        max_position_embeddings=POSITIONS,
        local_attention=8,
        pad_token_id=pad,
        cls_token_id=tokenizer.cls_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        sep_token_id=tokenizer.sep_token_id,
    )
    return ModernBertModel(config)


def _tokenizer(kind: str) -> PreTrainedTokenizerFast:
    makers = {"bert": _wordpiece, "xlm-roberta": _unigram, "modernbert": _bytes}
    inner, names = makers[kind]()
    first, last = names["cls_token"], names["sep_token"]
    ids = [(name, inner.token_to_id(name)) for name in (first, last)]
    inner.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=f"{first} $A {last} $B {last}", special_tokens=ids
    )
    return PreTrainedTokenizerFast(tokenizer_object=inner, model_max_length=POSITIONS, **names)


def _wordpiece() -> tuple[Tokenizer, dict[str, str]]:
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    inner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer()
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.decoder = decoders.WordPiece()
    trained = trainers.WordPieceTrainer(vocab_size=200, special_tokens=names, show_progress=False)
    inner.train_from_iterator(CORPUS, trained)
    return inner, _named(names)


def _unigram() -> tuple[Tokenizer, dict[str, str]]:
    # As in XLM-R, padding is not the token 0.
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    inner = Tokenizer(models.Unigram())
    inner.normalizer = normalizers.NFKC()
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    inner.decoder = decoders.Metaspace()
    trained = trainers.UnigramTrainer(
        vocab_size=200, special_tokens=names, unk_token="<unk>", show_progress=False
    )
    inner.train_from_iterator(CORPUS, trained)
    return inner, _named([names[at] for at in (1, 3, 0, 2, 4)])


def _bytes() -> tuple[Tokenizer, dict[str, str]]:
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trained = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=names,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(CORPUS, trained)
    return inner, _named(names)


def _named(names: list[str]) -> dict[str, str]:
    keys = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return dict(zip(keys, names, strict=True))


def tower_of(folder: Path, **settings: Any) -> SentenceText:
    return SentenceText(SentenceSpec(f"local-dir:{folder}", **settings))


def vectors(tower: SentenceText, texts: list[str], input_type: Any = "passage") -> np.ndarray:
    found = tower.encode(tower.prepare(texts, input_type))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def cosines(ours: np.ndarray, reference: np.ndarray) -> np.ndarray:
    assert ours.shape == reference.shape
    return np.einsum("nd,nd->n", ours, reference)
