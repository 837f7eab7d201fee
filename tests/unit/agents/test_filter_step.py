"""The filter step of a plan checks types as a search does."""

import pytest

from agents.tools.evidence import Doc, DocSet, ScoredDocument
from agents.tools.operators import keep
from retrieval.errors import TypeMismatch
from retrieval.filtering.parse import parse

DOCS = {
    str(price): Doc(
        str(price), "a mug", None, "TEXT", "LTM", {"price": price}, "2026-01-01T00:00:00Z"
    )
    for price in (10, 30)
}
FOUND = DocSet((ScoredDocument("10", 1.0), ScoredDocument("30", 0.5)))


def test_a_comparison_that_no_document_can_pass_is_refused() -> None:
    """It would keep nothing, and nobody would know why."""
    with pytest.raises(TypeMismatch, match=r"number.*string"):
        keep(FOUND, DOCS, parse({"field": "price", "op": "eq", "value": "10"}))


def test_a_comparison_of_like_types_keeps_what_passes() -> None:
    """A field that no document has refuses nothing."""
    kept = keep(FOUND, DOCS, parse({"field": "price", "op": "lt", "value": 20}))
    assert kept.ids == ("10",)
    assert keep(FOUND, DOCS, parse({"field": "size", "op": "lt", "value": 20})).ids == ()
