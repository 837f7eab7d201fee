"""The stored vectors are what their recipe makes, and lie where no text does."""

import numpy as np
import pytest
import torch

from retrieval.catalogue.products import looks
from retrieval.clip.photographs.table import CERTAIN, load_table, vectors_of
from retrieval.clip.towers.minilm import MiniLM
from retrieval.photograph_mark import EMPTY, MEANING, are_photographs
from scripts.dev.photographs.vectors import COMMON, Phrases, class_vector, look_text, read_classes
from scripts.dev.photographs.words import Synset, class_ids, read_synsets, row_of

NOUNS = [
    "  1 a licence stands before",
    "00000001 03 n 01 entity 0 001 ~ 00000002 n 0000 | that which is",
    "00000002 03 n 02 pet 0 house_pet 0 001 @ 00000001 n 0000 | an animal kept at home",
    '00000003 03 n 01 dog 0 001 @ 00000002 n 0000 | it barks; "the dog barked"',
]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    """Load it once."""
    return MiniLM()


def test_rows_of_the_table_come_from_the_words_beside_it(minilm: MiniLM):
    """What all classes have in common is the same for each: differences tell the recipe."""
    rows, stored = read_classes(), load_table("classes").numpy()
    phrases = Phrases(minilm)
    some = [0, 207, 517, 999]
    made = np.stack([class_vector(rows[at], phrases) for at in some])
    assert np.allclose(made - made[0], stored[some] - stored[some[0]], atol=2e-3)
    whole = made[0] - stored[0]
    assert np.allclose(whole / COMMON, (stored + whole).mean(0), atol=2e-3)


def test_looks_are_the_texts_of_the_catalogue(minilm: MiniLM):
    """In the catalogue's order."""
    every, stored = looks(), load_table("looks").numpy()
    phrases = Phrases(minilm)
    for at in (0, 500, 999):
        assert np.allclose(phrases.mean([look_text(every[at])]), stored[at], atol=1e-3)


def test_texts_leave_the_dimension_of_the_mark_empty(minilm: MiniLM):
    """Of words, sentences, another script and no sense, as queries are."""
    texts = ["dog", "A sentence about tax law.", "猫の写真", "xq zz 8!", "a striped red mug " * 60]
    vectors = minilm.encode(minilm.prepare(texts))
    assert np.abs(vectors[:, EMPTY]).max() < 1e-5
    assert np.abs(load_table("classes").numpy()[:, EMPTY]).max() < 1e-5


def test_a_class_that_is_certain_is_the_meaning_of_a_picture():
    """Scaled down by the same for all, and of length 1 with the mark."""
    classes = load_table("classes")
    logits = torch.full((1, 1000), -20.0)
    logits[0, 207] = 20.0
    [vector] = vectors_of(logits, classes)
    expected = classes[207] / classes[207].norm()
    assert np.isclose(np.linalg.norm(vector), 1)
    assert np.isclose(vector @ expected.numpy(), MEANING, atol=1e-3)
    assert are_photographs(vector)


def test_a_picture_without_a_class_is_near_to_no_text(minilm: MiniLM):
    """All classes as likely: the sum is shorter than what counts in full."""
    classes = load_table("classes")
    [vector] = vectors_of(torch.zeros(1, 1000), classes)
    assert classes[:10].mean(0).norm() * 10 / 1000 < CERTAIN / 10
    words = minilm.encode(minilm.prepare(["animal", "a photograph of a thing", "fish"]))
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    assert (words @ vector).max() < 0.05


def test_words_of_a_class_are_its_own_and_those_above_it():
    """Without what is said of everything; examples are no part of a definition."""
    synsets = read_synsets(NOUNS)
    assert synsets["n00000003"] == Synset(("dog",), ("n00000002",), "it barks")
    row = row_of("n00000003", synsets, {"n00000002": ["puppy", "kitten"]})
    assert row == "n00000003\tdog\tpet, house pet|\tit barks\tpuppy, kitten"


def test_the_words_are_of_all_classes_in_the_networks_order():
    """By WordNet's ids, each once: names are not unique."""
    listed = [row[0] for row in read_classes()]
    assert listed == class_ids()
    assert len(set(listed)) == 1000
