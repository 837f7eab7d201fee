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


def test_times_are_compared_as_the_moments_that_they_are() -> None:
    """In any zone; against texts that are no times their order is refused."""
    due = {"early": "2026-01-31T12:00:00+02:00", "late": "2026-01-31T11:00:00Z"}
    docs = {
        id: Doc(
            id, "a mug", None, "TEXT", "LTM", {"due": at, "code": "A-1"}, "2026-01-01T00:00:00Z"
        )
        for id, at in due.items()
    }
    found = DocSet(tuple(ScoredDocument(id, 1.0) for id in docs))
    before = {"field": "due", "op": "lt", "value": "2026-01-31T10:30:00Z"}
    assert keep(found, docs, parse(before)).ids == ("early",)
    with pytest.raises(TypeMismatch, match=r"string.*time"):
        keep(found, docs, parse({**before, "field": "code"}))
