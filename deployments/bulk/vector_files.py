"""Vectors into Parquet files or a Lance table, instead of into the service's index."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import lancedb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from deployments.bulk.encode import Encoded
from deployments.bulk.items import Failure
from deployments.bulk.places import open_place
from retrieval.documents import Vector
from retrieval.encoding import EncoderInfo

TABLE = "vectors"


class ParquetSink:
    """One file for each shard, named after it: to keep a shard again is to replace its file.

    Args:
        address: A folder, here or on object storage.
    """

    def __init__(self, address: str) -> None:
        self._system, self._folder = open_place(address)
        self._system.create_dir(self._folder, recursive=True)

    async def keep(self, shard: int, items: Sequence[Encoded], info: EncoderInfo) -> list[Failure]:
        """Write the shard's file whole or not at all."""
        await asyncio.to_thread(self._write, shard, to_table(items, info))
        return []

    def _write(self, shard: int, table: pa.Table) -> None:
        path = f"{self._folder}/part-{shard:06d}.parquet"
        if not isinstance(self._system, fs.LocalFileSystem):
            # An object appears when it is complete.
            pq.write_table(table, path, filesystem=self._system)
            return
        temporary = Path(f"{path}.new")
        pq.write_table(table, temporary)
        temporary.replace(path)


class LanceSink:
    """A Lance table `vectors` at an address, one row for each item, replaced by id."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = asyncio.Lock()

    async def keep(self, shard: int, items: Sequence[Encoded], info: EncoderInfo) -> list[Failure]:
        """Merge the shard in one commit."""
        rows = to_table(items, info)
        # Two merges at once would only conflict and retry each other's work.
        async with self._lock:
            db = await lancedb.connect_async(self._address)
            table = await db.create_table(TABLE, schema=rows.schema, exist_ok=True)
            merge = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            await merge.execute(rows, on_bad_vectors="null")
        return []


def sink_for(address: str) -> ParquetSink | LanceSink:
    """Return what keeps vectors at an address: Lance where it ends so, else Parquet."""
    return LanceSink(address) if address.rstrip("/").endswith(".lance") else ParquetSink(address)


def to_table(items: Sequence[Encoded], info: EncoderInfo) -> pa.Table:
    """Return items as rows of id, place and two vectors, null where a part is missing.

    The models stand in the schema's metadata, since vectors of others must not be mixed in.
    """
    schema = pa.schema(
        [
            pa.field("id", pa.utf8(), nullable=False),
            pa.field("place", pa.utf8(), nullable=False),
            pa.field("text_vector", pa.list_(pa.float32(), info.text_dimension)),
            pa.field("image_vector", pa.list_(pa.float32(), info.joint_dimension)),
        ],
        {"text_model": info.text_model, "image_model": info.joint_model},
    )
    return pa.table(
        [
            pa.array([encoded.item.id for encoded in items], pa.utf8()),
            pa.array([encoded.item.place for encoded in items], pa.utf8()),
            _vectors([encoded.text_vector for encoded in items], info.text_dimension),
            _vectors([encoded.image_vector for encoded in items], info.joint_dimension),
        ],
        schema=schema,
    )


def _vectors(vectors: Sequence[Vector | None], dimension: int) -> pa.Array:
    blank = np.zeros(dimension, np.float32)
    rows = [blank if vector is None else vector for vector in vectors]
    flat = np.concatenate(rows) if rows else np.zeros(0, np.float32)
    missing = pa.array([vector is None for vector in vectors], pa.bool_())
    return pa.FixedSizeListArray.from_arrays(
        pa.array(np.asarray(flat, np.float32)), dimension, mask=missing
    )
