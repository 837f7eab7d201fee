"""Whether the text model can read a text is told by what its vocabulary has."""

import pytest

from retrieval.clip.errors import EmptyInput
from retrieval.clip.readable import is_read
from retrieval.clip.towers.minilm import MiniLM


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM()


def test_a_text_is_read_where_half_of_its_letters_are_known() -> None:
    """A row of emoji counts as one sign, a word that is not known by its letters."""
    assert is_read("red ภาษ", [(0, 3, True), (4, 7, False)])
    assert not is_read("red ภาษา", [(0, 3, True), (4, 8, False)])
    assert is_read("ok 👍👍👍👍", [(0, 2, True), (3, 7, False)])
    assert not is_read("東京", [(0, 1, True), (1, 2, True)])
    assert not is_read("anything", [])


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    [
        "昨天我去了东京塔看夜景",
        "私は猫が好きです。毎日散歩します",
        "カタカナ",
        "ฉันพูดภาษาไทยได้",
        "தமிழ் மொழி",
        "👍🏽 👩‍💻",
        "☕",
        "\u0301",
        "ฉันพูดภาษาไทยได้ 5",
    ],
)
def test_minilm_says_which_texts_it_cannot_read(minilm: MiniLM, text: str) -> None:
    """Their words are one unknown token, or characters of which it knows no word."""
    [prepared] = minilm.prepare([text])
    assert prepared.unreadable


@pytest.mark.model
@pytest.mark.parametrize(
    "text",
    ["a striped mug", "great mug 👍👍👍", "Café Zoë", "iPhone 15 手机壳", "x", "...", "BW-000123"],
)
def test_minilm_reads_what_is_mostly_known(minilm: MiniLM, text: str) -> None:
    """Names, accents, a few signs beside words."""
    [prepared] = minilm.prepare([text])
    assert not prepared.unreadable


@pytest.mark.model
@pytest.mark.parametrize("text", ["", " ", "\u200b\u200b", "\u2060\ufeff \u00ad"])
def test_minilm_refuses_what_nobody_sees(minilm: MiniLM, text: str) -> None:
    """Alone; its neighbours are encoded without it."""
    with pytest.raises(EmptyInput, match="no visible character"):
        minilm.prepare([text])
