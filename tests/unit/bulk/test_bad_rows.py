"""What is wrong with one row or file ends only that: counted, named with its place."""

import csv
import json
import re
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.bulk.sources import csv_records, text_lines
from deployments.bulk.sources.csv_records import records_of
from deployments.bulk.sources.open import NoSource, open_source, source_and_rest
from deployments.bulk.sources.text_lines import ANY_END, LF_END, lines_of
from tests.unit.bulk.bulk_fakes import FakeService, draw_into
from tests.unit.bulk.job_runs import finish, texts

GOOD = ["one", "two", "three", "four"]
DEEP = "[" * 100_000 + "]" * 100_000
LONG = "word " * 60_000


def failures(record: Path) -> list[dict[str, str]]:
    path = record / "failures.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def rows(*extra: bytes) -> bytes:
    """Return four good rows of JSON, with others after the second."""
    good = [json.dumps({"text": text}).encode() for text in GOOD]
    return b"\n".join([*good[:2], *extra, *good[2:]]) + b"\n"


@pytest.mark.parametrize(
    "row",
    [
        b'{"text": "x", "deep": ' + DEEP.encode() + b"}",
        b'{"text": "x", "deep": ' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}",
        b"not json",
        b"[1, 2]",
        b"null",
        b'{"text": "x", "big": ' + b"9" * 5000 + b"}",
        b'{"text": "x", "none": NaN}',
        b'{"text": "x", "too": 1e999}',
        b'{"text": "half \\ud800 of a pair"}',
        b'{"text": "\xff\xfe"}',
        b'{"text": ["a", "list"]}',
        b'{"text": "  "}',
        b'{"text": "x", "bad key!": 1}',
        b"\x00" * 50,
    ],
    ids=lambda row: repr(row[:40]),
)
def test_a_bad_row_of_json_is_one_failure(tmp_path: Path, row: bytes) -> None:
    """The four round it are written."""
    path, service = tmp_path / "t.jsonl", FakeService()
    path.write_bytes(rows(row))
    report = finish(path, tmp_path / "job", service)
    assert (report.items, report.written, report.failed) == (5, 4, 1)
    assert texts(service) == sorted(GOOD)
    [failure] = failures(tmp_path / "job")
    assert failure["place"] == f"{path}:2"
    assert len(failure["message"]) < 1000


@pytest.mark.parametrize(
    "time",
    [
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "10000-01-01",
        "2026-02-30",
        "yesterday",
        "",
        1700000000,
        1.7e9,
        True,
        {"a": 1},
    ],
)
def test_a_time_that_is_none_is_one_failure(tmp_path: Path, time: object) -> None:
    """Beyond the years there are, or no ISO 8601; a number would have to be guessed at."""
    path, service = tmp_path / "t.jsonl", FakeService()
    path.write_bytes(rows(json.dumps({"text": "x", "t": time}).encode()))
    path.write_text(path.read_text().replace('"}', '", "t": "2026-01-01"}'))
    bad = json.dumps({"text": "x", "t": time}).replace('"}', '", "t": "2026-01-01"}')
    path.write_text(path.read_text().replace(bad, json.dumps({"text": "x", "t": time})))
    report = finish(path, tmp_path / "job", service, created_at="t")
    assert (report.written, report.failed) == (4, 1)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_lines_end_as_they_like(tmp_path: Path, name: str, end: bytes) -> None:
    """LF, CR LF, and the CR of old spreadsheets."""
    path, service = tmp_path / name, FakeService()
    if name == "t.csv":
        lines = [b"text,n", *(f"{text},1".encode() for text in GOOD)]
    else:
        lines = [json.dumps({"text": text}).encode() for text in GOOD]
    path.write_bytes(end.join(lines) + end)
    report = finish(path, tmp_path / "job", service)
    assert (report.items, report.written) == (4, 4)
    assert texts(service) == sorted(GOOD)


@pytest.mark.parametrize(
    "row",
    [
        b"x",
        b"x,1,2",
        b'"opened and never closed,1',
        b"\xff\xfe,1",
        b"a\rb,1",
        b"," * 10_000,
    ],
    ids=repr,
)
def test_a_bad_row_of_csv_is_a_failure(tmp_path: Path, row: bytes) -> None:
    """Those after it are read as if it were not there."""
    path, service = tmp_path / "t.csv", FakeService()
    good = [f"{text},1".encode() for text in GOOD]
    path.write_bytes(b"\n".join([b"text,n", *good[:2], row, *good[2:], b""]))
    report = finish(path, tmp_path / "job", service)
    assert report.failed >= 1
    assert texts(service) == sorted(GOOD)
    assert failures(tmp_path / "job")[0]["place"] == f"{path}:2"


def test_a_long_field_is_a_text_like_any_other(tmp_path: Path) -> None:
    """Python's parser stops at 131,072 characters, and with it went the whole file."""
    path, service = tmp_path / "t.csv", FakeService()
    path.write_text(f'text,n\n"{LONG}",1\nshort,2\n')
    report = finish(path, tmp_path / "job", service)
    assert report.written == 2
    assert LONG in texts(service)


def test_a_row_that_is_too_long_is_one_failure(tmp_path: Path, monkeypatch) -> None:
    """Without being held in memory, in either format."""
    for module in (text_lines, csv_records):
        monkeypatch.setattr(module, "MAX_ROW_BYTES", 1000)
    monkeypatch.setattr(text_lines, "RANGE_BYTES", 64)
    long = "x" * 5000
    for name, content in (
        ("t.csv", f"text,n\none,1\n{long},2\ntwo,3\n"),
        ("q.csv", f'text,n\none,1\n"{long}",2\ntwo,3\n'),
        ("t.jsonl", "".join(json.dumps({"text": t}) + "\n" for t in ("one", long, "two"))),
    ):
        path, service = tmp_path / name, FakeService()
        path.write_text(content)
        report = finish(path, tmp_path / f"job-{name}", service)
        assert (report.written, report.failed) == (2, 1), name
        assert texts(service) == ["one", "two"]
        assert "at most 1000" in failures(tmp_path / f"job-{name}")[0]["message"]


CSV_TEXT = st.text(st.sampled_from('a,"\r\nb é'), max_size=40)


@given(text=CSV_TEXT, chunk=st.integers(1, 7), end=st.sampled_from([ANY_END, LF_END]))
@settings(max_examples=300)
def test_records_are_those_of_pythons_parser(text: str, chunk: int, end: re.Pattern) -> None:
    """In whatever pieces the file is read; but a quote that is never closed is told."""
    data = text.encode()
    blocks = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    found = list(records_of(blocks, end))

    def parsed(text: str) -> list[list[str]]:
        lines = [line.group().decode() for line in re.finditer(_line(end), text.encode())]
        return [row for row in csv.reader(lines) if row]

    try:
        wanted = parsed(text)
        # A row of its own after the end shows whether a quote is still open there.
        closed = parsed(text + "\nend,end")[-1:] == [["end", "end"]]
    except csv.Error:
        closed = False
    if closed:
        assert [record.fields for record in found] == wanted
    else:
        assert any(isinstance(record.fields, str) for record in found)


def _line(end: re.Pattern[bytes]) -> bytes:
    return rb"[^\n]*\n|[^\n]+" if end is LF_END else rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+"


@given(data=st.text(st.sampled_from("a\r\n"), max_size=30), chunk=st.integers(1, 5))
def test_lines_cover_the_file_without_gaps(data: str, chunk: int) -> None:
    """Their texts joined are the file; each ends where the next begins."""
    raw = data.encode()
    lines = list(lines_of([raw[at : at + chunk] for at in range(0, len(raw), chunk)], ANY_END))
    assert b"".join(line.text or b"" for line in lines) == raw
    assert [line.start for line in lines[1:]] == [line.stop for line in lines[:-1]]
    assert [line.text for line in lines] == raw.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.jsonl", b"", "the file is empty"),
        ("t.jsonl", b"\n \n", "the file is empty"),
        ("t.parquet", b"", ""),
        ("t.parquet", b"PAR1 but not really PAR1", ""),
        ("t.csv", "text\neins\n".encode("utf-16"), "UTF-16"),
        ("t.jsonl", '{"text": "x"}\n'.encode("utf-16"), "UTF-16"),
        ("t.csv", "text\neins\n".encode("utf-16-le"), "NUL bytes"),
        ("t.csv", b"text,text\n1,2\n", "'text' more than once"),
        ("t.csv", b"te\xffxt\nx\n", "header is not UTF-8"),
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
def test_a_picture_that_is_no_file_is_its_rows_failure(tmp_path: Path, picture: str) -> None:
    """A directory, a device, a name that cannot be."""
    path, service = tmp_path / "t.jsonl", FakeService()
    row = json.dumps({"text": "x", "p": picture}).encode()
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
    for name in ("a.tif", "b.tif", "notes.csv"):
        (folder / name).write_bytes(b"")
    _, rest = source_and_rest(str(folder), None, None)  # type: ignore[arg-type]
    assert len(rest) == 3
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoSource, match="no file"):
        open_source(str(tmp_path / "empty"), None, None)  # type: ignore[arg-type]
    (tmp_path / "empty" / "notes.csv").write_bytes(b"")
    with pytest.raises(NoSource, match=r"1 \.csv.*name a file"):
        open_source(str(tmp_path / "empty"), None, None)  # type: ignore[arg-type]
