"""Files that cannot be read, and values that JSON does not have."""

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deployments.bulk.sources.open import NoSource, notices_of, open_source
from tests.unit.bulk.bulk_fakes import FakeService, draw_into
from tests.unit.bulk.job_runs import finish, texts
from tests.unit.bulk.row_samples import failures, rows


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.jsonl", b"", "the file is empty"),
        ("t.jsonl", b"\n \n", "the file is empty"),
        ("t.parquet", b"", ""),
        ("t.parquet", b"PAR1 but not really PAR1", ""),
        ("t.csv", "text\neins\n".encode("utf-32"), "UTF-32"),
        ("t.jsonl", '{"text": "x"}\n'.encode("utf-16"), "UTF-16"),
        ("t.csv", "text\neins\n".encode("utf-16-le"), "NUL bytes"),
        ("t.csv", b"text,text\n1,2\n", "'text' more than once"),
        ("t.csv", b"te\x81xt\nx\n", "header is not UTF-8"),
        ("t.csv", b'"text\nx\n', "never closed"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_failure(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    """It counts as one item, and the job comes to its end."""
    path, service = tmp_path / name, FakeService()
    path.write_bytes(content)
    report = finish(path, tmp_path / "job", service)
    assert (report.items, report.written, report.failed) == (1, 0, 1)
    [failure] = failures(tmp_path / "job")
    assert (failure["place"], failure["code"]) == (str(path), "unreadable_file")
    assert why in failure["message"]


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    """There is nothing to write and nothing wrong."""
    path = tmp_path / "t.csv"
    path.write_text("text,n\n")
    report = finish(path, tmp_path / "job", FakeService())
    assert (report.items, report.failed) == (0, 0)


def test_one_broken_file_of_a_folder_is_one_failure(tmp_path: Path) -> None:
    """The rows of the others are written, also those of intact row groups in a damaged file."""
    folder, service = tmp_path / "tables", FakeService()
    folder.mkdir()
    for name in "abc":
        table = pa.table({"text": [f"{name}{n}" for n in range(4)]})
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=2, compression="gzip")
    (folder / "a.parquet").write_bytes(b"PAR1")
    damaged = bytearray((folder / "b.parquet").read_bytes())
    # The first column chunk's pages, after the magic number.
    damaged[4:40] = b"\xff" * 36
    (folder / "b.parquet").write_bytes(damaged)
    report = finish(folder, tmp_path / "job", service, shard_items=2)
    assert texts(service) == ["b2", "b3", "c0", "c1", "c2", "c3"]
    assert (report.items, report.failed) == (9, 3)
    places = {failure["place"] for failure in failures(tmp_path / "job")}
    assert places == {
        f"{folder}/a.parquet",
        f"{folder}/b.parquet:0",
        f"{folder}/b.parquet:1",
    }


@pytest.mark.parametrize(
    "column",
    [
        pa.array([0, 2**62, 0], pa.timestamp("us")),
        pa.array([None, [("a", 1)], None], pa.map_(pa.utf8(), pa.int64())),
        pa.array([None, {"a": {"b": 1}}, None]),
        pa.array([None, b"\xff", None]),
        pa.array([1, 2**64 - 1, 2], pa.uint64()),
        pa.array([None, timedelta(days=1), None]),
        pa.array([1.0, float("nan"), 2.0]),
    ],
    ids=lambda column: str(column.type),
)
def test_a_value_that_json_does_not_have_is_its_rows_failure(tmp_path: Path, column) -> None:
    """Whatever type the column has."""
    path, service = tmp_path / "t.parquet", FakeService()
    pq.write_table(pa.table({"text": ["one", "bad", "two"], "odd": column}), path)
    report = finish(path, tmp_path / "job", service)
    assert (report.written, report.failed) == (2, 1)
    assert texts(service) == ["one", "two"]


@pytest.mark.parametrize(
    ("column", "kept"),
    [
        (pa.array([1_700_000_000_123_456_789], pa.timestamp("ns")), "2023-11-14T22:13:20.123456"),
        (pa.array([3_600_000_000_001], pa.time64("ns")), "01:00:00"),
        (pa.array([1], pa.date32()), "1970-01-02"),
        (pa.array(["x"]).dictionary_encode(), "x"),
        (pa.array([2**63 - 1], pa.uint64()), 2**63 - 1),
        (pa.array([9007199254740993]).cast(pa.decimal128(20, 0)), 9007199254740993),
        (pa.array([[1, 2]], pa.list_(pa.int8())), [1, 2]),
        (pa.nulls(1), None),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_a_value_that_json_has_is_kept(tmp_path: Path, column, kept: object) -> None:
    """Times to the microsecond, whole numbers exactly."""
    path, service = tmp_path / "t.parquet", FakeService()
    pq.write_table(pa.table({"text": ["one"], "odd": column}), path)
    finish(path, tmp_path / "job", service)
    [document] = service.documents.values()
    assert document.metadata["odd"] == kept


@pytest.mark.parametrize("picture", ["a\0b.png", ".", "x" * 5000, "/dev/zero", "nowhere.png"])
def test_a_picture_that_is_no_file_is_its_rows_own(tmp_path: Path, picture: str) -> None:
    """A directory, a device, a name that cannot be: without a text the row fails."""
    path, service = tmp_path / "t.jsonl", FakeService()
    row = json.dumps({"text": " ", "p": picture}).encode()
    path.write_bytes(rows(row).replace(b'"}\n', b'", "p": null}\n'))
    path.write_bytes(path.read_bytes().replace(row[:-2] + b'", "p": null}', row))
    report = finish(path, tmp_path / "job", service, picture="p")
    assert (report.written, report.failed) == (4, 1)


def test_links_do_not_lead_round(tmp_path: Path) -> None:
    """A link to a folder above it: every picture once; one to nowhere is no picture."""
    folder, service = tmp_path / "pictures", FakeService()
    draw_into(folder, 2)
    (folder / "even" / "up").symlink_to("..")
    (folder / "lost.png").symlink_to("nowhere.png")
    report = finish(folder, tmp_path / "job", service)
    assert report.items == 2


@pytest.mark.parametrize("name", ["t.csv.gz", "t.jsonl.gz", "t.tar"])
def test_a_packed_file_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    """Records cannot be found again in the middle of it."""
    (tmp_path / name).write_bytes(b"\x1f\x8b broken")
    with pytest.raises(NoSource, match="unpack it first"):
        open_source(str(tmp_path / name), None, None)  # type: ignore[arg-type]


def test_what_a_folder_holds_beside_is_said(tmp_path: Path) -> None:
    """Nothing is left alone without a word, and a folder of nothing else is no source."""
    folder = tmp_path / "pictures"
    draw_into(folder, 1)
    for name in ("a.jsonl", ".hidden", "notes.csv"):
        (folder / name).write_bytes(b"")
    said = notices_of(open_source(str(folder), None, None))  # type: ignore[arg-type]
    assert said == [
        "2 passed over: a table: name it as a source of its own",
        "1 passed over: hidden",
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoSource, match="no file"):
        open_source(str(tmp_path / "empty"), None, None)  # type: ignore[arg-type]
    (tmp_path / "empty" / "notes.csv").write_bytes(b"")
    with pytest.raises(NoSource, match=r"1 passed over: a table.*name a file"):
        open_source(str(tmp_path / "empty"), None, None)  # type: ignore[arg-type]


def test_files_beside_the_tables_of_a_folder_are_counted(tmp_path: Path) -> None:
    """A folder of tables is read as one."""
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "t.parquet")
    (tmp_path / "notes.txt").write_bytes(b"words")
    source = open_source(str(tmp_path), None, None)  # type: ignore[arg-type]
    [said] = notices_of(source)
    assert said.startswith("1 other files")
