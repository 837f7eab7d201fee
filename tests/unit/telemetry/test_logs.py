"""Log lines: one JSON object each, with their request, without secrets."""

import os
from collections.abc import Iterator

import numpy as np
import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from telemetry import logs
from telemetry.context import CallContext, entered
from telemetry.durations import log_duration
from telemetry.log_files.log_file import LogFile
from telemetry.log_files.redaction import REDACTED, cleaned
from telemetry.request_fields import add_amounts, add_fields, gathered_fields
from telemetry.trace_context import trace_id, traceparent_of

KEY = "bw_0123456789ab_" + "A" * 43


@pytest.fixture
def lines() -> Iterator[list[bytes]]:
    before, written = structlog.get_config(), []
    logs.configure(written.append, component="Test", replica="r1")
    yield written
    structlog.configure(**before)


def test_a_line_says_whose_request_it_was(lines: list[bytes]) -> None:
    """Request id and trace id come from the context."""
    context = CallContext("req-1", "00-" + "a" * 32 + "-" + "b" * 16 + "-01", "/x", "c")
    with entered(context):
        logs.get_logger().info("search.done", hits=3)
    [line] = map(orjson.loads, lines)
    assert line["request_id"] == "req-1"
    assert line["trace_id"] == "a" * 32
    assert (line["event"], line["hits"], line["component"]) == ("search.done", 3, "Test")


def test_nothing_secret_or_bulky_is_written(lines: list[bytes]) -> None:
    """Keys by name and by looks, vectors, pictures, at any depth."""
    logs.get_logger().info(
        "event",
        api_key="x",
        nested={"Authorization": f"Bearer {KEY}", "list": [f"see {KEY}"]},
        embedding=[0.1875] * 4,
        found=[0.1875] * 512,
        array=np.zeros((2, 512)),
        picture=b"\x89PNG",
        blob=b"\x89PNG",
        url="redis://user:secret@host/0",
        image="data:image/png;base64,iVBORw0KGgo=",
    )
    text = lines[0].decode()
    for secret in (KEY, "A" * 20, "0.1875", "PNG", "user:secret", "iVBOR"):
        assert secret not in text, secret
    assert REDACTED in text


def test_an_error_has_its_trace_without_the_values_of_variables(lines: list[bytes]) -> None:
    """What a variable held may be a key."""
    try:
        password = KEY  # noqa: F841  (it is in the frame)
        raise ValueError(f"cannot use {KEY}")
    except ValueError as error:
        logs.get_logger().error("failed", exc_info=error)
    line = orjson.loads(lines[0])
    assert "ValueError" in line["exception"]
    assert KEY not in lines[0].decode()


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_key_is_found_in_any_text(before: str, after: str) -> None:
    """Whatever stands around it."""
    assert KEY not in cleaned(f"{before} {KEY} {after}")


def test_what_is_slow_is_told_and_counted(lines: list[bytes]) -> None:
    """However it ended; what is quick is not told."""
    slow: list[str] = []
    with log_duration("quick", 60.0, slow.append):
        pass
    with pytest.raises(ValueError, match="ends badly"), log_duration("slow", -1.0, slow.append):
        raise ValueError("ends badly")
    assert slow == ["slow"]
    assert [orjson.loads(line)["operation"] for line in lines] == ["slow"]


def test_a_full_disk_loses_lines_and_nothing_else(tmp_path) -> None:
    """They are counted, and writing goes on when it can."""
    folder = tmp_path / "logs"
    file = LogFile(folder / "a.jsonl")
    folder.write_text("a file where the folder should be")
    file.write(b"lost\n")
    assert file.dropped == 1
    folder.unlink()
    file.write(b"kept\n")
    assert (folder / "a.jsonl").read_bytes() == b"kept\n"


def test_a_log_stays_small(tmp_path) -> None:
    """Old files move aside and the oldest go."""
    file = LogFile(tmp_path / "a.jsonl", max_bytes=100, backups=2)
    for number in range(40):
        file.write(f"{number:020}\n".encode())
    sizes = {name: os.stat(tmp_path / name).st_size for name in os.listdir(tmp_path)}
    assert set(sizes) == {"a.jsonl", "a.jsonl.1", "a.jsonl.2"}
    assert max(sizes.values()) <= 100
    assert (tmp_path / "a.jsonl").read_bytes().endswith(b"39\n")


def test_a_caller_s_trace_goes_on_and_a_broken_one_begins_anew() -> None:
    """The trace's id stays, the span is ours."""
    theirs = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    ours = traceparent_of([(b"traceparent", theirs)])
    assert trace_id(ours) == "0af7651916cd43dd8448eb211c80319c"
    assert ours[36:52] != "b7ad6b7169203331"
    assert ours.endswith("-01")
    for broken in (b"", b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01", b"ff" + theirs[2:], b"x"):
        fresh = traceparent_of([(b"traceparent", broken)])
        assert trace_id(fresh) not in (trace_id(theirs.decode()), "0" * 32)


def test_notes_are_of_one_request_only() -> None:
    """Outside of any request nothing is kept."""
    add_fields(lost=1)
    with gathered_fields() as outer:
        add_amounts(tokens=2)
        add_amounts(tokens=3)
        with gathered_fields() as inner:
            add_fields(a=1)
    assert outer == {"tokens": 5}
    assert inner == {"a": 1}
