"""One request's lines among those of others, in files that rotate, break and grow."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from telemetry.log_files import request_lines
from telemetry.log_files.request_lines import found_lines

IDS = ("r1", "r12", 'r"1', "1")


def line(at: int, request_id: str, **more: str) -> dict[str, str]:
    return {"timestamp": f"2026-01-01T00:00:{at:02}Z", "request_id": request_id} | more


@given(
    written=st.lists(
        st.tuples(st.sampled_from(IDS), st.integers(0, 2), st.integers(0, 40)), max_size=30
    ),
    chunk=st.integers(1, 200),
)
def test_all_lines_of_a_request_and_no_other_in_order_of_time(
    tmp_path_factory, written: list[tuple[str, int, int]], chunk: int
) -> None:
    """Wherever the pieces end that are read at once; ids that begin alike are others."""
    folder = tmp_path_factory.mktemp("logs")
    files = [folder / f"{number}.jsonl" for number in range(3)]
    texts = ["", "", ""]
    for at, (request_id, number, filler) in enumerate(written):
        texts[number] += json.dumps(line(at, request_id, filler="r1" * filler)) + "\n"
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    before, request_lines.CHUNK_BYTES = request_lines.CHUNK_BYTES, chunk
    try:
        for wanted in IDS:
            found = found_lines(files, wanted)
            mine = [at for at, (request_id, *_) in enumerate(written) if request_id == wanted]
            assert [int(each["timestamp"][17:19]) for each in found.lines] == mine
            assert (found.files, found.left_out) == (3, 0)
    finally:
        request_lines.CHUNK_BYTES = before


def test_a_trace_is_found_too_and_broken_lines_are_none(tmp_path: Path) -> None:
    """A line that a kill cut, one that is no object, and one that only mentions the id."""
    file = tmp_path / "log.jsonl"
    traced = {"timestamp": "1", "trace_id": "t", "event": "call"}
    broken = ['["t"]', '{"trace_id": "t", "eve', json.dumps({"event": "t"}), '{"trace_id": "t"}']
    file.write_text("\n".join([json.dumps(traced), *broken]))
    # The last one has no end of line: it may be written yet.
    assert list(found_lines([file], "t").lines) == [traced]


def test_what_is_beyond_the_bounds_is_counted(tmp_path: Path) -> None:
    """Lines beyond the most, files beyond the bytes; a file that is gone is passed over."""
    file, large = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    file.write_text("".join(json.dumps(line(at, "r")) + "\n" for at in range(5)))
    large.write_text("x" * 5000)
    found = found_lines([file, large, tmp_path / "gone.jsonl"], "r", most_lines=3, most_bytes=4000)
    assert [each["timestamp"][17:19] for each in found.lines] == ["00", "01", "02"]
    assert (found.files, found.left_out) == (2, 3)
