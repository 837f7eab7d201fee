"""Metadata keys and values as typed columns."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from retrieval.filtering.fields import (
    KINDS,
    SEPARATOR,
    TIME,
    column_of,
    key_of,
    known_keys,
    token,
    typed_columns,
)
from retrieval.store.schema import document_schema

KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", fullmatch=True)


@given(KEYS, st.sampled_from([*KINDS, TIME]))
def test_a_column_leads_back_to_its_key(key, kind):
    """The schema alone tells which keys a namespace knows."""
    assert key_of(column_of(kind, key)) == key


@given(KEYS, KEYS)
def test_different_keys_get_columns_that_differ_in_lower_case(one, other):
    """Lance resolves column names without regard to case."""
    same = column_of("n_", one).lower() == column_of("n_", other).lower()
    assert same == (one == other)


@given(st.text())
def test_a_token_never_holds_the_separator(value):
    """A value cannot pretend to be two list elements."""
    assert SEPARATOR not in token(value)


def test_kinds_of_equal_looking_values_stay_apart():
    """A number, its text and a boolean are three things; 1 and 1.0 are one."""
    assert token(1) == token(1.0) == token(True).replace("true", "1.0")
    assert len({token(1), token("1"), token(True), token("true")}) == 4


def test_a_null_makes_its_key_known():
    """A filter on a key that only ever was null is no error."""
    assert known_keys(typed_columns({"note": None})) == ["note"]


def test_columns_that_are_no_metadata_are_no_keys():
    """Built-in columns never look like typed ones."""
    columns = document_schema(2, 2).names
    assert "fields" in columns
    assert known_keys(columns) == []
    assert known_keys([*columns, "n_price"]) == ["price"]


def test_a_string_that_is_a_time_fills_a_column_of_its_own():
    """Beside that of strings, in UTC; what only looks like one, a number and a list do not."""
    held = {"due": "2026-01-31T01:00+02:00", "no": "2026-02-30", "n": 20260131, "l": ["2026-01-31"]}
    made = typed_columns(held)
    assert made["t_due"] == datetime(2026, 1, 30, 23, tzinfo=UTC)
    assert sorted(made) == ["l_l", "n_n", "s_due", "s_no", "t_due"]
    assert known_keys(made) == sorted(held)
