"""Sources are cut into the same shards on every run, and a rotten item is its own misfortune."""

import csv
import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deployments.bulk.sources.columns import Columns
from deployments.bulk.sources.items import Item, Skipped, split
from deployments.bulk.sources.open import NoSource, open_source
from deployments.bulk.sources.shards import ItemSource
from retrieval.characters import has_visible
from retrieval.tables.values import is_missing
from tests.unit.bulk.bulk_fakes import draw_into

THEN = datetime(2026, 11, 24, tzinfo=UTC)
TEXTS = st.lists(
    st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), min_size=1),
    min_size=1,
    max_size=8,
)


def everything(source: ItemSource, shard_items: int = 3) -> list[Item | Skipped]:
    return [result for shard in source.shards(shard_items) for result in source.read(shard)]


def opened(path: Path, **columns: Any) -> ItemSource:
    return open_source(str(path), Columns(**columns), THEN)


def write_table(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows in the format of the file's ending; Parquet in row groups of three."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
    elif path.suffix == ".jsonl":
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        path.write_bytes("".join(lines).encode())
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path


def test_a_folder_of_pictures_keeps_its_ids_wherever_it_lies(tmp_path: Path) -> None:
    """Ids follow from the path below the folder."""
    for name in ("here", "there"):
        draw_into(tmp_path / name, 7)
    here, there = (split(everything(opened(tmp_path / name)))[0] for name in ("here", "there"))
    assert [item.id for item in here] == [item.id for item in there]
    assert len({item.id for item in here}) == 7
    assert here[0].metadata == {"path": "even/BW-000000.png"}


def test_what_is_no_picture_is_named_and_left_out(tmp_path: Path) -> None:
    """An ending says nothing; the others of the shard are read."""
    draw_into(tmp_path, 2)
    (tmp_path / "broken.png").write_bytes(b"just words")
    good, failures = split(everything(opened(tmp_path)))
    assert len(good) == 2
    assert [failure.code for failure in failures] == ["unsupported_media_type"]
    assert failures[0].place.endswith("broken.png")


ROWS = [
    {"sku": "a", "text": "a red mug", "price": 2.5},
    {"sku": "b", "text": 'two "lines"\nand, a comma', "price": 3.0},
    {"sku": "c", "text": "Grüße — \u2028 separator", "price": 4.0},
    {"sku": "d", "text": "the last", "price": 5.0},
]


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "csv"])
@pytest.mark.parametrize("shard_items", [1, 2, 3, 100])
def test_rows_arrive_whole_however_they_are_cut(tmp_path, ending: str, shard_items: int) -> None:
    """Line breaks within a quoted field and across row groups included."""
    source = opened(write_table(tmp_path / f"t.{ending}", ROWS), id="sku")
    good, failures = split(everything(source, shard_items))
    assert not failures
    assert [(item.id, item.text) for item in good] == [(row["sku"], row["text"]) for row in ROWS]
    prices = [float(str(item.metadata["price"])) for item in good]
    assert prices == [row["price"] for row in ROWS]
    assert {item.created_at for item in good} == {THEN}


@given(texts=TEXTS, shard_items=st.integers(1, 4))
@example(texts=["NaN"], shard_items=1)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_every_format(tmp_path_factory, texts, shard_items: int) -> None:
    """What a writer of the format wrote is what is read, for shards of any size."""
    folder = tmp_path_factory.mktemp("formats")
    for ending in ("parquet", "jsonl", "csv"):
        path = write_table(folder / f"t.{ending}", [{"text": text} for text in texts])
        found = [
            result.text
            for result in everything(opened(path), shard_items)
            if isinstance(result, Item)
        ]
        # A CSV has no other way to say that there is none.
        kept = [text for text in texts if not (ending == "csv" and is_missing(text))]
        assert found == [text for text in kept if has_visible(text)], ending


def test_pictures_of_a_table_come_as_bytes_as_structs_and_as_paths(tmp_path: Path) -> None:
    """Three shapes in use, and a path that leads nowhere."""
    [product] = draw_into(tmp_path, 1)
    inside = {"bytes": product.picture, "path": None}
    beside = {"bytes": None, "path": f"even/{product.sku}.png"}
    structs = [{"text": None, "picture": value} for value in (inside, beside)]
    plain = [{"text": "x", "picture": product.picture}]
    for name, rows in (("s.parquet", structs), ("b.parquet", plain)):
        good, _ = split(everything(opened(write_table(tmp_path / name, rows), picture="picture")))
        assert [item.picture for item in good] == [product.picture] * len(rows)


def test_a_row_without_its_picture_keeps_its_text_and_says_so(tmp_path: Path) -> None:
    """A path that leads nowhere, a file that is no picture; without a text the row fails."""
    (tmp_path / "words.png").write_bytes(b"just words")
    rows = [{"text": "x", "picture": name} for name in ("nowhere.png", "words.png", None)]
    rows.append({"text": None, "picture": "nowhere.png"})
    found = everything(opened(write_table(tmp_path / "p.jsonl", rows), picture="picture"))
    good, failures = split(found)
    assert [(item.text, item.picture) for item in good] == [("x", None)] * 3
    assert [[note.code for note in item.notes] for item in good] == [
        ["picture_left_out"],
        ["picture_left_out"],
        [],
    ]
    assert [failure.code for failure in failures] == ["unreadable"]


def test_a_broken_line_costs_one_item(tmp_path: Path) -> None:
    """JSON that is none, a row with too few fields, an empty id."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "one"}\nnot json\n{"text": "two"}\n[1]\n')
    good, failures = split(everything(opened(path)))
    assert [item.text for item in good] == ["one", "two"]
    assert [failure.place[-2:] for failure in failures] == [":1", ":3"]
    short = tmp_path / "t.csv"
    short.write_text("id,text\n1,one\n2\n,three\n")
    good, failures = split(everything(opened(short, id="id")))
    assert [item.text for item in good] == ["one"]
    assert len(failures) == 2


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """Together with those that are there."""
    [failure] = everything(opened(write_table(tmp_path / "t.parquet", [{"body": "x"}])))
    assert isinstance(failure, Skipped)
    assert "no column 'text'; there are body" in failure.message


def test_an_address_without_anything_behind_it_is_refused(tmp_path: Path) -> None:
    """Before anything is connected to."""
    (tmp_path / "a.zip").write_bytes(b"")
    for address in (tmp_path / "nowhere", tmp_path / "a.zip"):
        with pytest.raises(NoSource):
            opened(address)


def test_object_storage_is_a_folder_like_any_other(tmp_path: Path) -> None:
    """Any address that Arrow or fsspec knows; here fsspec's file system in memory."""
    memory = fsspec.filesystem("memory")
    for product in draw_into(tmp_path, 2):
        memory.pipe(f"/shop/{product.sku}.png", product.picture)
    good, failures = split(everything(open_source("memory://shop", Columns(), THEN)))
    assert [item.metadata["path"] for item in good] == ["BW-000000.png", "BW-000001.png"]
    assert not failures


def test_a_row_group_is_read_once_for_all_its_shards(tmp_path: Path, monkeypatch) -> None:
    """A file of one group would be decoded as often as it has shards."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": [f"t{n}" for n in range(20)]}), path, row_group_size=10)
    source, read = opened(path), []
    real = pq.ParquetFile.read_row_groups

    def counted(file: pq.ParquetFile, groups: list[int]) -> pa.Table:
        read.append(groups)
        return real(file, groups)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", counted)
    texts = [item.text for item in everything(source, 5) if isinstance(item, Item)]
    assert texts == [f"t{n}" for n in range(20)]
    assert read == [[0], [1]]
    assert len(pickle.dumps(source)) < 2000
