"""What is wrong with one row or file ends only that: counted, named with its place."""

import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.bulk.sources import csv_records, text_lines
from deployments.bulk.sources.csv_records import records_of
from deployments.bulk.sources.items import MOST_TEXT_BYTES
from deployments.bulk.sources.text_lines import ANY_END, LF_END, lines_of
from tests.unit.bulk.bulk_fakes import FakeService
from tests.unit.bulk.job_runs import finish, texts
from tests.unit.bulk.row_samples import GOOD, failures, rows

DEEP = "[" * 100_000 + "]" * 100_000
LONG = "word " * 60_000


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


def test_a_text_of_more_than_a_mebibyte_is_one_failure(tmp_path: Path) -> None:
    """As `PUT /documents` refuses it; counted in bytes of UTF-8."""
    path, service = tmp_path / "t.jsonl", FakeService()
    fits = "é" * (MOST_TEXT_BYTES // 2)
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in ("one", fits, fits + "x")))
    report = finish(path, tmp_path / "job", service)
    assert (report.written, report.failed) == (2, 1)
    [failure] = failures(tmp_path / "job")
    assert (failure["place"], failure["code"]) == (f"{path}:2", "text_too_long")
    assert "1048577 bytes in UTF-8, at most 1048576 are allowed" in failure["message"]


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
