"""A text tower of any sentence encoder: what it reads, refuses, and is known by."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from deployments.encoding import setup
from deployments.settings.service import ServiceSettings
from retrieval.clip.errors import ChecksumMismatch, EmptyInput, UnusableWeights, WeightsNotFound
from retrieval.errors import IncompatibleIndex
from retrieval.store.fingerprint import reconcile
from tests.sentence_models import (
    KINDS,
    TEXTS,
    WIDTH,
    Made,
    cosines,
    sentence_model,
    tower_of,
    vectors,
)

pytestmark = pytest.mark.model


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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["query_prefix", "passage_prefix"])
def test_a_prefix_that_leaves_no_room_for_a_text_is_refused(
    made: Made, kind: str, name: str
) -> None:
    """Each passage would be a letter, and each query the prefix alone."""
    none = {"query_prefix": "", "passage_prefix": ""}
    long = "the text that now follows is one of many: "
    with pytest.raises(UnusableWeights, match=rf"{name} takes \d+ of the 8 tokens .* for a text"):
        tower_of(made(kind), max_tokens=8, **{**none, name: long})
    bare = tower_of(made(kind), max_tokens=8, **none)
    assert bare.passage_tokens == 6


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
