"""Misspelt words of a query put right where they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.words.corrected import with_corrections


@pytest.mark.parametrize(
    ("text", "corrected", "meant"),
    [
        ("stripd red mgu", {"stripd": ["striped", "strip"], "mgu": ["mug"]}, "striped red mug"),
        ("Stripd, RED (mgu)!", {"stripd": ["striped"], "mgu": ["mug"]}, "striped, RED (mug)!"),
        ("a stripdish mug", {"stripd": ["striped"]}, "a stripdish mug"),
        ("Cafè crèm", {"crem": ["creme"]}, "Cafè creme"),
        ("mgu mgu", {"mgu": ["mug"]}, "mug mug"),
        ("red mug", {}, "red mug"),
    ],
)
def test_only_misspelt_words_are_replaced(text: str, corrected: dict, meant: str) -> None:
    """Whole ones, in any case and with or without accents; signs and other words stay."""
    assert with_corrections(text, corrected) == meant


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=4), st.just([])))
def test_words_that_were_taken_for_nothing_stay(text: str, corrected: dict) -> None:
    """To the last sign."""
    assert with_corrections(text, corrected) == text
