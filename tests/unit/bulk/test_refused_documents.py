"""What the index refuses: a document without room for its fields ends nothing but itself."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from deployments.bulk.service import BUSY, retry
from retrieval.documents import Document
from retrieval.errors import StorageFull, TooManyFields, WriterReplaced
from retrieval.store.writing.columns import missing_columns
from tests.unit.bulk.bulk_fakes import FakeService
from tests.unit.bulk.job_runs import finish


class Narrow(FakeService):
    """A namespace of three fields."""

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> None:
        missing_columns([], documents, 3)
        await super().upsert(namespace, documents)


def test_documents_without_room_are_failures_with_their_place(tmp_path: Path) -> None:
    """The others of their shard are written."""
    path, service = tmp_path / "t.jsonl", Narrow()
    wide = {"text": "wide", **{f"k{i}": i for i in range(20)}}
    rows = [{"text": "one", "k1": 1}, wide, {"text": "two", "k2": 2}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    finish(path, tmp_path / "record", service)
    assert sorted(document.text or "" for document in service.documents.values()) == ["one", "two"]
    (failed,) = [
        json.loads(line)
        for line in (tmp_path / "record" / "failures.jsonl").read_text().split("\n")
        if line
    ]
    assert failed["code"] == TooManyFields.code
    assert failed["place"].endswith("t.jsonl:1")


@pytest.mark.parametrize("error", [StorageFull("full"), WriterReplaced("another")])
def test_a_job_waits_for_a_full_disk_and_for_another_writer(error: Exception) -> None:
    """Both pass; what was acknowledged is kept."""
    calls = []

    async def write() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise error
        return "written"

    async def no_pause(seconds: float) -> None:
        return None

    assert asyncio.run(retry(write, 60, BUSY, no_pause)) == "written"
