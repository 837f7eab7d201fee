"""Any sentence encoder is a text tower: the same vectors as sentence-transformers gives."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from retrieval.clip.errors import UnusableWeights
from tests.sentence_models import (
    KINDS,
    LONG,
    POSITIONS,
    TEXTS,
    WIDTH,
    Made,
    as_published,
    cosines,
    sentence_model,
    tower_of,
    vectors,
)

pytestmark = pytest.mark.model

CLS = as_published("cls")["1_Pooling__config"]


def theirs(folder: Path, texts: list[str], role: str | None, **options: Any) -> np.ndarray:
    model = SentenceTransformer(str(folder), device="cpu", **options)
    encode = {None: model.encode, "query": model.encode_query, "passage": model.encode_document}
    return encode[role](texts, batch_size=3, normalize_embeddings=True)


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


def test_settings_go_before_the_models_files(made: Made, tmp_path: Path) -> None:
    """Pooling and prefixes; an empty prefix is one."""
    folder = made("bert")
    tower = tower_of(folder, pooling="cls", query_prefix="", passage_prefix="Text. ")
    # The same weights with other words about them: a tokeniser that is trained anew differs.
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    (other / "1_Pooling" / "config.json").write_text(json.dumps(CLS))
    plain = theirs(other, ["Text. a mug", "a mug"], None)
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
