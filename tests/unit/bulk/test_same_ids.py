"""Of rows with one id the last wins, in whatever order shards are done."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.bulk.sources.duplicates import superseded
from tests.unit.bulk.bulk_fakes import FakeService
from tests.unit.bulk.job_runs import finish


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    """Write rows in the format of the file's ending."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2)
    elif path.suffix == ".csv":
        lines = ["sku,text", *(f"{row['sku']},{row['text']}" for row in rows)]
        path.write_text("\n".join(lines))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.parquet"])
@pytest.mark.parametrize("seed", range(3))
def test_the_last_row_of_an_id_wins(tmp_path: Path, name: str, seed: int) -> None:
    """Within a shard and across shards; every earlier one is listed with the row that won."""
    rows = [{"sku": f"s{n % 4}", "text": f"row {n}"} for n in range(10)]
    path, service = written(tmp_path / name, rows), FakeService()

    def mixed(shards: list) -> list:
        return random.Random(seed).sample(shards, len(shards))

    report = finish(path, tmp_path / "job", service, id="sku", order=mixed)
    assert (report.items, report.written, report.failed) == (10, 4, 6)
    kept = {id: document.text for id, document in service.documents.items()}
    assert kept == {"s0": "row 8", "s1": "row 9", "s2": "row 6", "s3": "row 7"}
    lines = (tmp_path / "job" / "failures.jsonl").read_text().splitlines()
    listed = {line["place"]: line for line in map(json.loads, lines)}
    first = listed[f"{path}:0"]
    assert first["code"] == "duplicate_id"
    assert first["message"] == f"{path}:8 has the same id and comes later"


def test_numbers_and_texts_are_one_id(tmp_path: Path) -> None:
    """As they are one document."""
    rows = b'{"sku": 7, "text": "a"}\n{"sku": "7", "text": "b"}\n{"sku": null, "text": "c"}\n'
    path, service = tmp_path / "t.jsonl", FakeService()
    path.write_bytes(rows)
    report = finish(path, tmp_path / "job", service, shard_items=1, id="sku")
    assert {id: d.text for id, d in service.documents.items()} == {"7": "b"}
    assert report.failed == 2


def test_files_of_one_name_in_two_folders_do_not_share_ids(tmp_path: Path) -> None:
    """As partitions of a data lake are named; a file whose name is its own keeps its ids."""
    folder, service = tmp_path / "lake", FakeService()
    for place in ("day=1", "day=2"):
        (folder / place).mkdir(parents=True)
        pq.write_table(
            pa.table({"text": [f"{place} {n}" for n in range(3)]}), folder / place / "p.parquet"
        )
    pq.write_table(pa.table({"text": ["alone"]}), folder / "alone.parquet")
    report = finish(folder, tmp_path / "job", service)
    assert report.written == len(service.documents) == 7
    pq.write_table(pa.table({"text": ["alone"]}), tmp_path / "alone.parquet")
    other = FakeService()
    finish(tmp_path / "alone.parquet", tmp_path / "job2", other)
    assert set(other.documents) < set(service.documents)


@given(ids=st.lists(st.sampled_from("abcdefgh"), max_size=30))
@settings(max_examples=100)
def test_superseded_rows_are_all_but_the_last(ids: list[str]) -> None:
    """Against a plain dictionary."""
    rows = [(("f", number), id) for number, id in enumerate(ids)]
    last = {id: row for row, id in rows}
    assert superseded(lambda: rows) == {row: last[id] for row, id in rows if row != last[id]}
