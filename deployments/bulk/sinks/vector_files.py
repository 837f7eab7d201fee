"""Vectors into Parquet files or a Lance table, instead of into the service's index."""

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path

import lancedb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from deployments.bulk.encode import Encoded
from deployments.bulk.recording.outcomes import ShardOutcome
from deployments.bulk.sources.items import Skipped
from deployments.filesystem import open_place
from retrieval.documents import Vector
from retrieval.encoding import EncoderInfo
from retrieval.errors import RetrievalError
from retrieval.store.connection import open_table

TABLE = "vectors"
TABLE_ID = b"table_id"


class MixedModels(RetrievalError):
    """Vectors of two models would stand in one place."""

    code = "mixed_models"


class ParquetSink:
    """One file for each shard, named after it: to keep a shard again is to replace its file.

    Args:
        address: A folder, here or on object storage.
    """

    keeps_passages = False

    def __init__(self, address: str) -> None:
        self._system, self._folder = open_place(address)
        self._system.create_dir(self._folder, recursive=True)
        self._made_by: str | None = None

    async def keep(self, shard: int, items: Sequence[Encoded], info: EncoderInfo) -> list[Skipped]:
        """Write the shard's file whole or not at all.

        Raises:
            MixedModels: Other files of the folder hold vectors of another model.
        """
        await asyncio.to_thread(self._write, shard, to_table(items, info))
        return []

    async def target(self) -> str:
        """Return nothing: every shard has a file of its own."""
        return ""

    async def held(self, outcomes: Sequence[ShardOutcome]) -> set[int]:
        """Return the shards whose files are there with all their rows."""
        return await asyncio.to_thread(lambda: {o.shard for o in outcomes if self._has(o)})

    def _has(self, outcome: ShardOutcome) -> bool:
        try:
            path = self._path(outcome.shard)
            return pq.read_metadata(path, filesystem=self._system).num_rows == outcome.written
        except (OSError, pa.ArrowException):
            return False

    def _path(self, shard: int) -> str:
        return f"{self._folder}/part-{shard:06d}.parquet"

    def _check(self, schema: pa.Schema) -> None:
        if self._made_by is None:
            self._made_by = self._made_by_of_any_file() or made_by(schema)
        check_same(self._made_by, made_by(schema))

    def _made_by_of_any_file(self) -> str:
        found = self._system.get_file_info(fs.FileSelector(self._folder))
        for file in found:
            if file.path.endswith(".parquet"):
                return made_by(pq.read_schema(file.path, filesystem=self._system))
        return ""

    def _write(self, shard: int, table: pa.Table) -> None:
        self._check(table.schema)
        path = self._path(shard)
        if not isinstance(self._system, fs.LocalFileSystem):
            # An object appears when it is complete.
            pq.write_table(table, path, filesystem=self._system)
            return
        temporary = Path(f"{path}.new")
        pq.write_table(table, temporary)
        temporary.replace(path)


class LanceSink:
    """A Lance table `vectors` at an address, one row for each item, replaced by id."""

    keeps_passages = False

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = asyncio.Lock()

    async def keep(self, shard: int, items: Sequence[Encoded], info: EncoderInfo) -> list[Skipped]:
        """Merge the shard in one commit.

        Raises:
            MixedModels: The table holds vectors of another model.
        """
        rows = to_table(items, info)
        # Two merges at once would only conflict and retry each other's work.
        async with self._lock:
            db = await lancedb.connect_async(self._address)
            table = await open_table(db, TABLE)
            if table is None:
                named = {**(rows.schema.metadata or {}), TABLE_ID: uuid.uuid4().hex}
                schema = rows.schema.with_metadata(named)
                table = await db.create_table(TABLE, schema=schema, exist_ok=True)
            check_same(made_by(await table.schema()), made_by(rows.schema))
            merge = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            await merge.execute(rows, on_bad_vectors="null")
        return []

    async def target(self) -> str:
        """Return which table of this name it is; empty if there is none, or an older one."""
        db = await lancedb.connect_async(self._address)
        table = await open_table(db, TABLE)
        metadata = {} if table is None else (await table.schema()).metadata or {}
        return metadata.get(TABLE_ID, b"").decode()

    async def held(self, outcomes: Sequence[ShardOutcome]) -> set[int]:
        """Return the shards that were written into the table that is there now."""
        db = await lancedb.connect_async(self._address)
        there = await open_table(db, TABLE) is not None
        now = await self.target()
        return {o.shard for o in outcomes if not o.written or (there and o.target in ("", now))}


def made_by(schema: pa.Schema) -> str:
    """Return the tag of the models behind a file's vectors, empty where it says none."""
    return (schema.metadata or {}).get(b"made_by", b"").decode()


def check_same(there: str, here: str) -> None:
    """Refuse to put vectors beside those of another model.

    Raises:
        MixedModels: They are of different models.
    """
    if there and here and there != here:
        raise MixedModels(
            "the service runs another model than the one that made the vectors that are there: "
            "name another output, and another job"
        )


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
        {"text_model": info.text_model, "image_model": info.joint_model, "made_by": info.tag},
    )
    return pa.table(
        [
            pa.array([encoded.item.id for encoded in items], pa.utf8()),
            pa.array([encoded.item.place for encoded in items], pa.utf8()),
            _vectors([encoded.vectors.text for encoded in items], info.text_dimension),
            _vectors([encoded.vectors.image for encoded in items], info.joint_dimension),
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
