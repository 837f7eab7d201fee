"""Characters that nobody sees have no place in a new name."""

import pytest

from retrieval import errors
from retrieval.characters import has_visible, hidden_character
from retrieval.documents import check_id, check_known_id

HIDDEN = """
202E 202A 2066 2069 200E 200F 061C 200B 200C 200D 2060 FEFF 00AD 034F 115F 3164 FFA0 180E FE0F
E0101 E0041 2028 2029 2800 00A0 2003 3000 0378 E000 10FFFF FFFE 001B 0000 0085 FFF9 FFFC
"""


@pytest.mark.parametrize("code", HIDDEN.split())
def test_a_hidden_character_is_refused_by_code_point_and_place(code: str) -> None:
    """Wherever it stands: the message can be read in a terminal."""
    character = chr(int(code, 16))
    for id, at in ((f"ab{character}c", 2), (character, 0), (f"abc{character}", 3)):
        assert hidden_character(id) == f"has U+{code} at {at}"
        with pytest.raises(errors.InvalidDocumentId) as refusal:
            check_id(id, "documents.0.id")
        assert refusal.value.where == "documents.0.id"
        assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    "id", ["a b", "ä", "日本", "שלום", "नमस्ते", "e\u0301", "👍", "sku:1", "\u00b5", "ﬁ"]
)
def test_letters_marks_and_pictures_of_any_script_are_seen(id: str) -> None:
    """Right-to-left scripts and combining marks are names as any."""
    assert check_id(id) == id


@pytest.mark.parametrize("id", ["a\u202eb", "\u200b", "a\u00a0b"])
def test_what_an_older_release_took_can_still_be_named(id: str) -> None:
    """To be read, deleted and copied to another index."""
    assert check_known_id(id) == id


@pytest.mark.parametrize(
    "text",
    ["", " \n", "\u200b", "\u2060\ufeff\u00ad", "\ufe0f", "\U000e0041", "\u2800", "\x00\x1b"],
)
def test_a_text_of_blanks_and_ignorable_characters_has_nothing_to_see(text: str) -> None:
    """Nothing is drawn for any of them."""
    assert not has_visible(text)


@pytest.mark.parametrize(
    "text", ["a", " \u200b.", "猫", "☕\ufe0f", "\u0301", "\u0600", "\U0001fae8"]
)
def test_a_sign_of_any_script_is_seen(text: str) -> None:
    """Also an emoji that is newer than this program."""
    assert has_visible(text)
