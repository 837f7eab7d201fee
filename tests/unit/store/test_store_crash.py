"""A writer that is killed: what it acknowledged is there, whole."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.store import IndexReader, IndexStore
from tests.unit.retrieval.retrieval_samples import text_vector

ROOT = Path(__file__).parents[3]
BATCH = 3

WRITE_FOREVER = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, text_vector
from retrieval.store import IndexStore
async def run():
    store = await IndexStore.open(sys.argv[2])
    await store.claim(FINGERPRINT)
    call = 0
    while True:
        ids = [f"{sys.argv[3]}-{call}-{i}" for i in range(3)]
        await store.upsert("shop", [
            document(id, "text of " + id, picture=id.encode() * 1000,
                     metadata={"id": id, f"key{call % 7}": call}, text_vector=text_vector(1, call))
            for id in ids
        ])
        print(*ids, flush=True)
        call += 1
        if call % 10 == 0:
            await store.maintain("shop")
asyncio.run(run())
"""


def killed_run(folder, name, calls):
    """Let a writer acknowledge ``calls`` upserts, kill it, and return the acknowledged ids."""
    command = [sys.executable, "-c", WRITE_FOREVER, ROOT, folder, name]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(calls)]
        process.kill()
        acknowledged += process.stdout.readlines()
    assert all(acknowledged[:calls]), "the writer died by itself"
    return [id for line in acknowledged if line.endswith("\n") for id in line.split()]


async def check_whole(folder, acknowledged):
    """Read every document back and compare it with what was written."""
    reader = await IndexReader.open(str(folder))
    stored = [entry.id for entry in (await reader.page("shop", 10_000)).entries]
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    # A call is one commit: of each three, all or none, acknowledged or not.
    assert len(stored) % BATCH == 0
    for id in stored:
        found = await reader.get("shop", id)
        call = int(id.split("-")[1])
        assert found.text == "text of " + id
        assert found.picture == id.encode() * 1000
        assert found.metadata == {"id": id, f"key{call % 7}": call}
        assert found.text_vector.tolist() == text_vector(1, call).tolist()


@pytest.mark.slow
def test_after_kills_at_random_moments_every_acknowledged_document_is_whole(tmp_path):
    """SIGKILL between, before and during commits and upkeep; then the index opens and works on."""
    draw = random.Random(7)
    acknowledged = []
    for run in range(4):
        acknowledged += killed_run(tmp_path, f"run{run}", draw.randint(1, 25))
    asyncio.run(check_whole(tmp_path, acknowledged))

    async def work_on():
        store = await IndexStore.open(str(tmp_path))
        await store.maintain("shop")
        await store.delete("shop", acknowledged[:BATCH])

    asyncio.run(work_on())
    asyncio.run(check_whole(tmp_path, acknowledged[BATCH:]))
