"""Vectors in files: once for each item, however often a shard is done."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import lancedb
import numpy as np
import pyarrow.parquet as pq
import pytest

from deployments.bulk.encode import Encoded
from deployments.bulk.sinks.base import Sink
from deployments.bulk.sinks.vector_files import TABLE, LanceSink, MixedModels, ParquetSink, sink_for
from deployments.bulk.sources.items import Item
from retrieval.drafts import DocumentVectors
from retrieval.encoding import EncoderInfo
from tests.unit.bulk.bulk_fakes import INFO

THEN = datetime(2026, 11, 24, tzinfo=UTC)


def encoded(id: str, number: float | None, picture: float | None = None) -> Encoded:
    item = Item(f"t:{id}", id, "x", None, {}, THEN)
    vectors = [None if n is None else np.full(4, n, np.float32) for n in (number, picture)]
    return Encoded(item, DocumentVectors(*vectors))


def test_a_parquet_file_for_each_shard_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """Missing parts are null, and the models are named in the file."""
    sink = ParquetSink(str(tmp_path))
    asyncio.run(sink.keep(3, [encoded("a", 1)], INFO))
    asyncio.run(sink.keep(3, [encoded("a", 2), encoded("b", None, 5)], INFO))
    [path] = tmp_path.iterdir()
    table = pq.read_table(path)
    assert table.to_pylist() == [
        {"id": "a", "place": "t:a", "text_vector": [2] * 4, "image_vector": None},
        {"id": "b", "place": "t:b", "text_vector": None, "image_vector": [5] * 4},
    ]
    assert table.schema.metadata[b"text_model"] == b"t"


def test_a_lance_table_holds_each_id_once(tmp_path: Path) -> None:
    """Two shards, one of them twice."""

    async def main() -> list[dict]:
        sink = LanceSink(str(tmp_path / "v.lance"))
        for shard, number in ((0, 1.0), (1, 2.0), (0, 3.0)):
            await sink.keep(shard, [encoded(f"id-{shard}", number)], INFO)
        db = await lancedb.connect_async(str(tmp_path / "v.lance"))
        table = await db.open_table(TABLE)
        return (await table.query().to_arrow()).to_pylist()

    rows = {row["id"]: row["text_vector"] for row in asyncio.run(main())}
    assert rows == {"id-0": [3] * 4, "id-1": [2] * 4}


def test_the_address_says_which(tmp_path: Path) -> None:
    """By its ending."""
    assert isinstance(sink_for(str(tmp_path / "v.lance")), LanceSink)
    assert isinstance(sink_for(str(tmp_path / "v")), ParquetSink)


@pytest.mark.parametrize("name", ["vectors", "vectors.lance"])
def test_vectors_of_two_models_are_not_put_into_one_place(tmp_path: Path, name: str) -> None:
    """Neither by one job nor by one that goes on after the service has changed its models."""
    ours, theirs = replace(INFO, tag="ours"), replace(INFO, tag="theirs")

    async def keep(sink: Sink, shard: int, info: EncoderInfo) -> None:
        await sink.keep(shard, [encoded(f"id-{shard}", 1.0)], info)

    async def scenario() -> None:
        first = sink_for(str(tmp_path / name))
        await keep(first, 0, ours)
        again = sink_for(str(tmp_path / name))
        for sink in (first, again):
            with pytest.raises(MixedModels, match="another model"):
                await keep(sink, 1, theirs)
            await keep(sink, 2, ours)

    asyncio.run(scenario())
