"""A text whose picture cannot be encoded is written without it, and that is recorded."""

import json
from dataclasses import replace
from pathlib import Path

from retrieval.encoding import EncodeReply, EncodeRequest, ItemError, ItemReport
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
