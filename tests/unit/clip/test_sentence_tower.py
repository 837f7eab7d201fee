"""Any sentence encoder is a text tower: the same vectors as sentence-transformers gives."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

from deployments.encoding import setup
from deployments.settings.service import ServiceSettings
from retrieval.clip.errors import ChecksumMismatch, EmptyInput, UnusableWeights, WeightsNotFound
from retrieval.clip.sentence_spec import SentenceSpec
from retrieval.clip.towers.sentence import SentenceText
from retrieval.errors import IncompatibleIndex
from retrieval.store.fingerprint import reconcile
from tests.sentence_models import KINDS, POSITIONS, WIDTH, as_published, sentence_model

pytestmark = pytest.mark.model

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
PROMPTS = {"query": "query: ", "document": "passage: "}
Made = Callable[..., Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a folder with a model, written once for each kind and pooling."""
    kept: dict[tuple[str, str], Path] = {}

    def model(kind: str, pooling: str = "mean") -> Path:
        if (kind, pooling) not in kept:
            folder = tmp_path_factory.mktemp("model") / f"tiny-{kind}"
            prompts = {"config_sentence_transformers": {"prompts": PROMPTS}}
            kept[kind, pooling] = sentence_model(folder, kind, **as_published(pooling), **prompts)
        return kept[kind, pooling]

    return model


def tower_of(folder: Path, **settings: Any) -> SentenceText:
    return SentenceText(SentenceSpec(f"local-dir:{folder}", **settings))


def vectors(tower: SentenceText, texts: list[str], input_type: Any = "passage") -> np.ndarray:
    found = tower.encode(tower.prepare(texts, input_type))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def theirs(folder: Path, texts: list[str], role: str | None, **options: Any) -> np.ndarray:
    model = SentenceTransformer(str(folder), device="cpu", **options)
    encode = {None: model.encode, "query": model.encode_query, "passage": model.encode_document}
    return encode[role](texts, batch_size=3, normalize_embeddings=True)


def cosines(ours: np.ndarray, reference: np.ndarray) -> np.ndarray:
    assert ours.shape == reference.shape
    return np.einsum("nd,nd->n", ours, reference)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("role", ["query", "passage"])
def test_vectors_are_those_of_sentence_transformers(
    made: Made, kind: str, pooling: str, role: str
) -> None:
    """For texts of all lengths, cut ones too, each with the prefix of its side."""
    folder = made(kind, pooling)
    tower = tower_of(folder)
    reference = theirs(folder, TEXTS, role)
    assert cosines(vectors(tower, TEXTS, role), reference).min() >= 0.9999
    # The texts lie apart, so that the bar can be missed.
    assert np.abs(reference @ reference.T - np.eye(len(TEXTS))).max() < 0.999


@pytest.mark.parametrize("kind", KINDS)
def test_a_longest_text_that_is_asked_for_is_read(made: Made, kind: str) -> None:
    """All positions, and not one more: of XLM-R two are for padding."""
    folder = made(kind)
    tower = tower_of(folder, max_tokens=POSITIONS)
    [prepared] = tower.prepare([LONG])
    assert (prepared.cost, prepared.truncated) == (POSITIONS, True)
    model = SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = POSITIONS
    reference = model.encode_document([LONG], normalize_embeddings=True)
    assert cosines(vectors(tower, [LONG]), reference).min() >= 0.9999
    with pytest.raises(UnusableWeights, match=f"the model reads {POSITIONS}"):
        tower_of(folder, max_tokens=POSITIONS + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_dimension_is_the_reference_cut(made: Made, kind: str) -> None:
    """The first numbers, normalised afterwards."""
    folder = made(kind)
    ours = vectors(tower_of(folder, dimension=20), TEXTS)
    assert ours.shape == (len(TEXTS), 20)
    assert cosines(ours, theirs(folder, TEXTS, "passage", truncate_dim=20)).min() >= 0.9999
    with pytest.raises(UnusableWeights, match=f"has {WIDTH}"):
        tower_of(folder, dimension=WIDTH + 1)


def test_settings_go_before_the_models_files(made: Made) -> None:
    """Pooling and prefixes; an empty prefix is one."""
    folder = made("bert")
    tower = tower_of(folder, pooling="cls", query_prefix="", passage_prefix="Text. ")
    plain = theirs(made("bert", "cls"), ["Text. a mug", "a mug"], None)
    assert cosines(vectors(tower, ["a mug"]), plain[:1]).min() >= 0.9999
    assert cosines(vectors(tower, ["a mug"], "query"), plain[1:]).min() >= 0.9999


@pytest.mark.parametrize("kind", KINDS)
def test_lower_case_is_asked_for_by_a_file(tmp_path: Path, kind: str) -> None:
    """`do_lower_case`, as older models have it; places of tokens stay those of the text."""
    files = {"sentence_bert_config": {"max_seq_length": 40, "do_lower_case": True}}
    folder = sentence_model(tmp_path / "m", kind, **files)
    tower = tower_of(folder)
    assert cosines(vectors(tower, TEXTS), theirs(folder, TEXTS, None)).min() >= 0.9999
    assert cosines(vectors(tower, ["A MUG"]), vectors(tower, ["a mug"])).min() >= 0.9999


@pytest.mark.parametrize("kind", KINDS)
def test_company_in_a_batch_changes_no_vector(made: Made, kind: str) -> None:
    """Padding is seen by nobody."""
    tower = tower_of(made(kind))
    apart = np.concatenate([vectors(tower, [text]) for text in TEXTS])
    assert np.allclose(vectors(tower, TEXTS), apart, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_vocabulary_does_not_have_is_not_read(made: Made, kind: str) -> None:
    """By an unknown token, or by the bytes of a character; a prefix does not count as read."""
    tower = tower_of(made(kind))
    texts = [
        "a lamp",
        "Messing \u4e2d",
        "\u4e2d\u6587\u5b57",
        "\u0e01\u0e02\u0e03",
        "\u4e2d\u6587 mug",
    ]
    found = [item.unreadable for item in tower.prepare(texts, "query")]
    assert found == [False, False, True, True, False]


def test_a_text_that_nobody_sees_is_refused_in_spite_of_its_prefix(made: Made) -> None:
    """The prefix is no text of the caller's."""
    with pytest.raises(EmptyInput):
        tower_of(made("bert")).prepare(["fine", "\u200b "], "query")


@pytest.mark.parametrize("kind", KINDS)
def test_a_half_precision_stays_close(made: Made, kind: str) -> None:
    """As `precision: bf16` casts it."""
    tower = tower_of(made(kind))
    exact = vectors(tower, TEXTS)
    tower.module.to(torch.bfloat16)
    assert cosines(vectors(tower, TEXTS), exact).min() > 0.98


def test_the_identity_names_all_that_changes_vectors(made: Made) -> None:
    """The dimension is remembered beside it; clients see the short name."""
    folder = made("bert")
    towers = [
        tower_of(folder),
        tower_of(folder, pooling="cls"),
        tower_of(folder, query_prefix="q"),
        tower_of(folder, passage_prefix="p"),
        tower_of(folder, max_tokens=30),
        tower_of(made("xlm-roberta")),
    ]
    assert len({tower.identity for tower in towers}) == len(towers)
    assert towers[0].identity == tower_of(folder).identity
    assert towers[0].name == "tiny-bert"


def test_weights_that_are_not_complete_are_refused(tmp_path: Path) -> None:
    """Random ones would take their place."""
    folder = sentence_model(tmp_path / "m", "bert")
    file = folder / "model.safetensors"
    weights = load_file(file)
    del weights["encoder.layer.1.output.dense.bias"]
    save_file(weights, file, {"format": "pt"})
    with pytest.raises(UnusableWeights, match=r"encoder\.layer\.1\.output\.dense\.bias"):
        tower_of(folder)


def test_pickled_weights_and_wrong_checksums_are_refused(tmp_path: Path) -> None:
    """A pickle can run code; it is not looked at where there is nothing else."""
    folder = sentence_model(tmp_path / "m", "bert")
    with pytest.raises(ChecksumMismatch):
        tower_of(folder, sha256="0" * 64)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(WeightsNotFound, match="safetensors"):
        tower_of(folder)


def test_an_encoder_with_a_text_model_has_two_spaces(made: Made) -> None:
    """Pictures stay with MiniLM's texts; the index remembers the text model's identity."""
    text = {"model": f"local-dir:{made('bert')}"}
    settings = ServiceSettings.model_validate({"text_model": text, "model": {"precision": "fp32"}})
    encoder, choice = setup.load(settings)
    recorded = setup.fingerprint(encoder, choice)
    info = setup.describe(encoder, choice, 1, settings)
    assert not recorded.one_space
    assert recorded.text_model.startswith("tiny-bert@")
    assert (info.text_model, info.text_dimension) == ("tiny-bert", WIDTH)
    assert (info.joint_dimension, info.query_spaces) == (384, ("text",))
    with pytest.raises(IncompatibleIndex, match="tiny-bert@"):
        reconcile(recorded, replace(recorded, text_model="tiny-bert@other"))
