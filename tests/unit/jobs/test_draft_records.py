"""Drafts on disk: what was accepted comes back as it was, and nothing else counts as one."""

import io
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.jobs.draft_records import BrokenRecord, read_record, record_of
from api.writing.document_drafts import DocumentDraft
from retrieval.passages.sections import Section
from tests.unit.jobs.job_world import NOON

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
scalars |= st.floats(allow_nan=False, allow_infinity=False)
documents = st.builds(
    DocumentDraft,
    st.integers(0, 999),
    texts,
    texts,
    texts,
    st.none() | texts,
    st.none() | st.binary(max_size=40),
    st.dictionaries(texts, scalars | st.lists(scalars, max_size=3), max_size=3),
    st.sampled_from(["STM", "LTM"]),
    st.just(NOON),
    st.lists(st.dictionaries(texts, texts, max_size=2), max_size=2).map(tuple),
    st.lists(st.builds(Section, st.integers(0, 9), st.none() | st.integers(1, 9), texts)).map(
        tuple
    ),
)


@given(st.lists(documents, max_size=5))
def test_drafts_come_back_one_after_another(drafts: list[DocumentDraft]) -> None:
    """Whatever stands in texts, pictures and metadata."""
    file = io.BytesIO(b"".join(map(record_of, drafts)))
    assert [read_record(file) for _ in drafts] == drafts
    assert read_record(file) is None


def test_each_field_of_a_draft_is_kept() -> None:
    """A field that a later change adds must be kept too, or it would be lost in silence."""
    assert [field.name for field in fields(DocumentDraft)] == [
        "index",
        "place",
        "metadata_place",
        "id",
        "text",
        "picture",
        "metadata",
        "source",
        "created_at",
        "warnings",
        "sections",
    ]  # add it to `documents` above


@given(documents, st.integers(1, 400))
def test_a_record_that_is_cut_short_is_no_draft(draft: DocumentDraft, cut: int) -> None:
    """It is told, instead of being read as a shorter document."""
    whole = record_of(draft)
    with pytest.raises(BrokenRecord):
        read_record(io.BytesIO(whole[: -min(cut, len(whole) - 1)]))


def test_a_record_without_what_later_releases_add_is_read() -> None:
    """As an earlier release left it."""
    old = (
        b'{"index":0,"place":"p","metadata_place":"m","id":"i","text":"t","picture":null,'
        b'"metadata":{},"source":"LTM","created_at":"2026-11-30T12:00:00+00:00"}\n\n'
    )
    draft = read_record(io.BytesIO(old))
    assert draft is not None
    assert (draft.text, draft.created_at, draft.sections) == ("t", NOON, ())
