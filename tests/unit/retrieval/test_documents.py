"""What a document may hold."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import errors
from retrieval.documents import (
    MAX_COPIED_BYTES,
    check_copies,
    check_document,
    check_id,
    check_metadata,
    check_namespace,
    check_text,
    check_vector,
    new_id,
)
from tests.unit.retrieval.retrieval_samples import document, text_vector


@pytest.mark.parametrize("id", ["a", "ä b", "x" * 256, "...", "sku:BW-000123"])
def test_ordinary_ids_pass(id):
    """Whatever survives a URL path and a log line is an id."""
    assert check_id(id) == id


@pytest.mark.parametrize(
    "id", ["", "x" * 257, ".", "..", "a/b", "a\\b", "a\nb", "\x7f", "\x85", "\ud800"]
)
def test_ids_that_would_break_a_path_or_a_log_are_refused(id):
    """Slashes, control characters, path steps and half surrogates are not ids."""
    with pytest.raises(errors.InvalidDocumentId):
        check_id(id)


def test_new_ids_are_valid_and_differ():
    """A drawn id passes its own check."""
    assert check_id(new_id()) != check_id(new_id())


@pytest.mark.parametrize("namespace", ["default", "0", "a_b-c", "x" * 63])
def test_ordinary_namespaces_pass(namespace):
    """Lower-case names of up to 63 characters name a namespace."""
    assert check_namespace(namespace) == namespace


@pytest.mark.parametrize("namespace", ["", "A", "_x", "-x", "a.b", "../x", "x" * 64, "a\n"])
def test_namespaces_that_could_leave_their_folder_are_refused(namespace):
    """A namespace becomes a folder name."""
    with pytest.raises(errors.InvalidNamespace):
        check_namespace(namespace)


def test_flat_metadata_passes_unchanged():
    """Scalars, null and flat lists may be stored."""
    metadata = {"a": 1, "b.c-d": 1.5, "_e": True, "f": None, "g": ["x", 1, None, False]}
    assert check_metadata(metadata) == metadata


@pytest.mark.parametrize(
    "metadata",
    [
        {"": 1},
        {"1a": 1},
        {"a b": 1},
        {"a" * 65: 1},
        {"a": {"b": 1}},
        {"a": [[1]]},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 2**63},
        {"a": [2**64]},
        {"a": "\udfff"},
        {"a": "x" * 70_000},
        {3: 1},
    ],
)
def test_metadata_that_cannot_be_filtered_or_stored_is_refused(metadata):
    """Nested, non-finite, oversized and badly named values are refused."""
    with pytest.raises(errors.InvalidMetadata):
        check_metadata(metadata)


def test_a_bad_metadata_value_is_named_by_its_place():
    """The caller learns which element of which list is wrong."""
    with pytest.raises(errors.InvalidMetadata) as caught:
        check_metadata({"tags": ["a", {}]})
    assert caught.value.where == "metadata.tags.1"


def test_a_vector_of_another_length_is_refused_with_both_lengths():
    """The message says what came and what was expected."""
    with pytest.raises(errors.WrongDimension, match=r"\(3,\).*\(4,\)"):
        check_vector(np.zeros(3, np.float32), 4, "vector")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_vector_with_a_number_that_is_not_finite_is_refused(bad):
    """NaN in one vector would poison every comparison with it."""
    with pytest.raises(errors.NonFiniteVector):
        check_vector(np.array([0, bad], np.float32), 2, "vector")


def test_a_document_with_neither_text_nor_picture_is_refused():
    """There would be nothing to find or to show."""
    with pytest.raises(errors.InvalidDocument):
        check_document(document("a", text=None), 16, 24)


def test_a_time_without_zone_is_refused():
    """Two machines would read it as two moments."""
    with pytest.raises(errors.InvalidDocument):
        check_document(
            document("a", created_at=document("a").created_at.replace(tzinfo=None)), 16, 24
        )


def test_a_complete_document_passes():
    """The check returns what it was given."""
    whole = document("a", picture=b"x", text_vector=text_vector(1))
    assert check_document(whole, 16, 24) is whole


def test_a_picture_decides_the_modality():
    """A captioned picture is a picture."""
    assert document("a", picture=b"x").modality == "IMAGE"
    assert document("a").modality == "TEXT"


def test_half_a_surrogate_pair_is_no_text():
    """It has no UTF-8 form."""
    with pytest.raises(errors.InvalidDocument):
        check_text("a\ud83d")


@given(st.text(max_size=5), st.none() | st.text(max_size=5))
def test_errors_survive_the_trip_between_processes(message, where):
    """Message, place and code are the same after pickling."""
    error = errors.UnknownFilterField(message, where)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.where, copy.code) == (
        errors.UnknownFilterField,
        message,
        where,
        "unknown_filter_field",
    )


def test_every_error_has_a_code_of_its_own():
    """Clients tell errors apart by code."""
    pending, seen = [errors.RetrievalError], []
    while pending:
        kind = pending.pop()
        seen.append(kind.code)
        pending.extend(kind.__subclasses__())
    assert len(seen) == len(set(seen)) > 10


def test_metadata_is_bounded_with_all_passages_that_keep_it():
    """Exactly: one byte more is refused."""
    metadata = {"about": "x" * (32_768 - len('{"about": ""}'))}
    assert check_copies(metadata, MAX_COPIED_BYTES // 32_768) is None
    with pytest.raises(errors.InvalidMetadata):
        check_copies({"about": metadata["about"] + "x"}, MAX_COPIED_BYTES // 32_768)
