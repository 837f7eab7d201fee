"""A job says of each text that its vector is of the beginning alone."""

import json
from dataclasses import replace
from pathlib import Path

from retrieval.encoding import EncodeReply, EncodeRequest
from tests.unit.bulk.bulk_fakes import FakeService
from tests.unit.bulk.job_runs import finish


class ShortReader(FakeService):
    """Reads three words of a text."""

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        reply = await super().encode(request)
        reports = [
            replace(report, truncated=isinstance(item, str) and len(item.split()) > 3)
            for item, report in zip(request.items, reply.reports, strict=True)
        ]
        return replace(reply, reports=reports)


def test_a_text_that_was_cut_is_written_and_said(tmp_path: Path) -> None:
    """By its place, as a route's answer warns of it."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"text": "three short words"}\n{"text": "one word more than three"}\n')
    report = finish(path, tmp_path / "job", ShortReader())
    assert (report.written, report.failed) == (2, 0)
    [note] = map(json.loads, (tmp_path / "job" / "notes.jsonl").read_text().splitlines())
    assert (note["code"], note["place"]) == ("truncated", f"{path}:1")
