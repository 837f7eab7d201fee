"""What all values of a column can be."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.tables.column import ColumnLook
from retrieval.tables.names import keys_of
from retrieval.tables.typing import typed, types_of


def column(values: list[str], name: str = "c", separator: str = ",", **others: list[str]) -> Any:
    """Return the type of a column and its values read by it."""
    looks = {}
    for each, seen in {name: values, **others}.items():
        looks[each] = ColumnLook(each)
        for value in seen:
            looks[each].see(value)
    by = types_of(looks, separator)[name]
    return by, [typed(value, by) for value in values]


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 2)), min_size=1))
def test_a_german_number_is_read_as_it_was_written(values: list[float]) -> None:
    """With dots for thousands and a comma for the fraction."""
    written = [f"{v:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") for v in values]
    by, read = column(written, separator=";")
    assert (by.name, read) == ("number", values)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1))
def test_whole_numbers_stay_whole(values: list[int]) -> None:
    """Unless they are bar codes, which are eight digits of which the last checks the others."""
    by, read = column([str(value) for value in values], separator="\t")
    assert (by.name, read) == ("number", values) or all(len(str(v)) == 8 for v in values)


@given(st.lists(st.dates(date(1900, 1, 1)), min_size=1))
def test_days_first_are_months_first_only_where_no_day_tells(values: list[date]) -> None:
    """One day beyond the twelfth decides for the column; none decides for text."""
    by, read = column([value.strftime("%d/%m/%Y") for value in values])
    if any(value.day > 12 for value in values):
        assert read == [value.isoformat() for value in values]
    else:
        assert by.name == "text"
        assert by.is_warning


@given(st.lists(st.text(max_size=8), max_size=5))
def test_whatever_a_column_holds_can_be_read(values: list[str]) -> None:
    """No value fails by the type that was decided by it."""
    by, read = column(values)
    assert len(read) == len(values)
    assert by.name == "text" or all(value is None or not isinstance(value, bytes) for value in read)


@pytest.mark.parametrize(
    ("values", "type_", "read"),
    [
        (["1.234,56", "7"], "number", [1234.56, 7]),
        (["1'234.50", "2"], "number", [1234.5, 2]),
        (["1 234", "5"], "number", [1234, 5]),
        (["\u22123,5", "4"], "number", [-3.5, 4]),
        (["€ 5", "€ 7,50"], "number", [5, 7.5]),
        (["5 €", "5 $"], "text", ["5 €", "5 $"]),
        (["5%", "6"], "text", ["5%", "6"]),
        (["007", "12"], "text", ["007", "12"]),
        (["+4917012345678", "5"], "text", ["+4917012345678", "5"]),
        (["123456789012", "5"], "text", ["123456789012", "5"]),
        (["ja", "Nein", ""], "boolean", [True, False, None]),
        (["oui", "no"], "text", ["oui", "no"]),
        (["NO", "NO"], "text", ["NO", "NO"]),
        (["31.12.2025 14:05", "1.1.2026"], "time", ["2025-12-31T14:05:00Z", "2026-01-01"]),
        (["12/31/2025 2:05 PM"], "time", ["2025-12-31T14:05:00Z"]),
        (["2026-02-30"], "text", ["2026-02-30"]),
        (['="00123"', '="5"'], "text", ["00123", "5"]),
        (["-", "5"], "number", [None, 5]),
        (["-", "x"], "text", ["-", "x"]),
    ],
)
def test_a_column_is_what_all_its_values_are(
    values: list[str], type_: str, read: list[object]
) -> None:
    """One that is something else makes it a text, as it is written."""
    by, got = column(values, separator=";")
    assert (by.name, got) == (type_, read)


def test_a_fraction_or_a_thousand_is_told_by_the_rest_of_the_file() -> None:
    """By another column, or by a comma that separates fields; else it stays a text and is said."""
    assert column(["1.234"], separator=",")[1] == [1.234]
    assert column(["1.234"], separator=";", other=["3,5"])[1] == [1234]
    by, read = column(["1.234"], separator=";")
    assert (read, by.is_warning) == (["1.234"], True)


@pytest.mark.parametrize("name", ["PLZ", "zip_code", "Telefonnummer", "EAN-13", "variantSku"])
def test_a_name_tells_that_digits_count_nothing(name: str) -> None:
    """Not every zip code begins with a zero."""
    assert column(["10115", "80331"], name=name)[0].name == "text"


@given(st.lists(st.text(max_size=70), unique=True, max_size=8))
def test_every_column_has_a_key_of_its_own(names: list[str]) -> None:
    """Of the characters that keys have."""
    keys = list(keys_of(names).values())
    assert len(set(keys)) == len(names)
    assert all(key.isascii() and 1 <= len(key) <= 64 for key in keys)
