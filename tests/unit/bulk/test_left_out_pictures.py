"""What of a picture was left out or guessed is recorded, and its text is written nevertheless."""

import json
from dataclasses import replace
from pathlib import Path

from retrieval.encoding import EncodeReply, EncodeRequest, ItemError, ItemReport
from retrieval.picture_note import PictureNote
from tests.towers import picture_file
from tests.unit.bulk.bulk_fakes import FakeService
from tests.unit.bulk.job_runs import finish

ROTTEN = picture_file("red")


class RottenPictures(FakeService):
    """Refuses one picture, as an encoder refuses what it cannot decode."""

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        reply = await super().encode(request)
        reports = [
            ItemReport(ItemError("broken_image", "it ends early")) if item == ROTTEN else report
            for item, report in zip(request.items, reply.reports, strict=True)
        ]
        return replace(reply, reports=reports)


class CutPictures(FakeService):
    """Says of each picture that its file ends early, as an encoder does."""

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        reply = await super().encode(request)
        notes = (PictureNote("decoded_in_part", "the file ends before the picture does"),)
        reports = [
            replace(report, notes=notes) if isinstance(item, bytes) else report
            for item, report in zip(request.items, reply.reports, strict=True)
        ]
        return replace(reply, reports=reports)


def test_what_is_said_of_a_picture_is_kept_by_the_job(tmp_path: Path) -> None:
    """As a route's answer warns of it; texts have none."""
    (tmp_path / "cut.png").write_bytes(ROTTEN)
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "one", "p": "cut.png"}\n{"text": "two", "p": null}\n')
    report = finish(path, tmp_path / "job", CutPictures(), picture="p")
    assert (report.written, report.failed) == (2, 0)
    [note] = (tmp_path / "job" / "notes.jsonl").read_text().splitlines()
    assert json.loads(note)["code"] == "decoded_in_part"
    assert json.loads(note)["place"].endswith("t.jsonl:0")
    assert any(notice.startswith("1 things") for notice in report.notices)


def test_the_text_of_a_row_outlives_its_picture(tmp_path: Path) -> None:
    """A row without a text fails with its picture."""
    for name, data in (("bad.png", ROTTEN), ("good.png", picture_file("green"))):
        (tmp_path / name).write_bytes(data)
    rows = [
        {"text": "one", "p": "bad.png"},
        {"text": None, "p": "bad.png"},
        {"text": "three", "p": "good.png"},
        {"text": "rotten", "p": "bad.png"},
    ]
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    service = RottenPictures()
    report = finish(path, tmp_path / "job", service, picture="p", shard_items=10)
    assert (report.written, report.failed) == (2, 2)
    held = {each.text: each.picture is not None for each in service.documents.values()}
    assert held == {"one": False, "three": True}
    [note] = (tmp_path / "job" / "notes.jsonl").read_text().splitlines()
    assert json.loads(note)["code"] == "picture_left_out"
    again = finish(path, tmp_path / "job", service, picture="p", shard_items=10)
    assert (again.written, again.skipped) == (2, 4)
    assert any("notes.jsonl" in notice for notice in again.notices)
