"""CSV files as people export them: types, dates and numbers are right in all."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.bulk.dry_run import describe
from deployments.bulk.sources.columns import Columns
from deployments.bulk.sources.csv_rows import CsvRows
from deployments.bulk.sources.items import Item, Skipped
from tests.unit.bulk.job_runs import job_over
from tests.unit.tables.exported_tables import FILES, Exported

THEN = datetime(2026, 11, 24, tzinfo=UTC)


def rows_of(path: Path, content: bytes, **columns: object) -> tuple[CsvRows, list[Item | Skipped]]:
    path.write_bytes(content)
    source = CsvRows(str(path), Columns(**columns), THEN)  # type: ignore[arg-type]
    shards = source.shards(1)
    return source, [result for shard in shards for result in source.read(shard)]


@pytest.mark.parametrize("name", FILES)
def test_an_exported_table_keeps_its_types(tmp_path: Path, name: str) -> None:
    """Each column's values, whatever program and language wrote it."""
    file: Exported = FILES[name]
    source, found = rows_of(tmp_path / f"{name}.csv", file.content, text=file.text)
    failed = [item for item in found if isinstance(item, Skipped)]
    assert not failed
    about = "\n".join(source.about)
    for key, (type_, values) in file.columns.items():
        got = [item.metadata[key] for item in found if isinstance(item, Item)]
        assert got == values, key
        assert [type(value) for value in got] == [type(value) for value in values], key
        assert f"{key}: {type_}" in about or f"(as {key}): {type_}" in about


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("excel_german", "Tür"),
        ("excel_unicode_text", "Tür"),
        ("excel_macintosh", "Tür"),
        ("excel_french", "Thé"),
        ("excel_german_utf8", "Tür"),
    ],
)
def test_letters_survive_every_encoding(tmp_path: Path, name: str, letter: str) -> None:
    """Windows-1252, UTF-16, Mac Roman, UTF-8 with its mark."""
    _, found = rows_of(tmp_path / "t.csv", FILES[name].content, text="name")
    assert isinstance(found[0], Item)
    assert found[0].text == letter


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("excel_long_ids", "lost"),
        ("excel_ambiguous_dates", "day/month"),
    ],
)
def test_what_is_lost_or_ambiguous_is_said(tmp_path: Path, name: str, said: str) -> None:
    """Before anything is written."""
    source, _ = rows_of(tmp_path / "t.csv", FILES[name].content, text="name")
    assert any(said in notice for notice in source.notices)


def test_without_types_every_value_stays_as_it_is_written(tmp_path: Path) -> None:
    """And a column that is named stays a text."""
    content = b"name,a,b\nx,1,2\n"
    _, found = rows_of(tmp_path / "t.csv", content, text="name", as_text=None)
    assert isinstance(found[0], Item)
    assert found[0].metadata == {"a": "1", "b": "2"}
    _, found = rows_of(tmp_path / "t.csv", content, text="name", as_text=("a",))
    assert isinstance(found[0], Item)
    assert found[0].metadata == {"a": "1", "b": 2}


def test_several_columns_make_one_text(tmp_path: Path) -> None:
    """A line each; an empty one leaves nothing behind."""
    _, found = rows_of(tmp_path / "t.csv", b"a,b\nx,y\nz,\n", text=("a", "b"))
    assert [item.text for item in found if isinstance(item, Item)] == ["x\ny", "z"]


def test_a_table_says_which_column_could_be_the_id(tmp_path: Path) -> None:
    """Ids by row change with the order of rows."""
    source, _ = rows_of(tmp_path / "t.csv", b"name,sku,n\nx,A,1\ny,B,1\n", text="name")
    assert any("'sku'" in notice and "'n'" not in notice for notice in source.notices)
    source, _ = rows_of(tmp_path / "t.csv", b"name,sku\nx,A\ny,B\n", text="name", id="sku")
    assert not source.notices


def test_a_ragged_row_is_told_by_its_row(tmp_path: Path) -> None:
    """It decides no type, and the others are read."""
    _, found = rows_of(tmp_path / "t.csv", b"name;n\na;1\nb;2;x\nc;3\n", text="name")
    assert [isinstance(item, Item) for item in found] == [True, False, True]
    assert isinstance(found[1], Skipped)
    assert "3 fields, the header has 2" in found[1].message
    assert isinstance(found[2], Item)
    assert found[2].metadata == {"n": 3}


def test_a_dry_run_shows_each_columns_type_and_three_samples(tmp_path: Path) -> None:
    """So that a wrong one is seen before anything is written."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"text;price\na;1,5\nb;2,5\nc;3,5\nd;4,5\n")
    told = describe(job_over(path, tmp_path / "job"))
    assert "price: number, such as '1,5', '2,5', '3,5'\n" in told
