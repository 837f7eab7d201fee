"""An index on object storage: the same promises over S3's protocol, by moto on loopback."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from retrieval.errors import IncompatibleIndex, WriterReplaced
from retrieval.search.request import SearchRequest
from retrieval.store import Fingerprint, IndexReader, IndexStore
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, text_vector

pytestmark = pytest.mark.slow
ANYBODY = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, Signature=x"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """An S3 server with an empty bucket `index`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1"]
    server = subprocess.Popen([*command, "-p", str(port)], stderr=subprocess.PIPE)
    try:
        assert server.stderr is not None
        # It says so on stderr once it listens.
        assert any(b"Running on" in line for line in server.stderr)
        # It goes on saying a line for every request, and stops where nobody reads.
        threading.Thread(target=server.stderr.read, daemon=True).start()
        address = f"http://127.0.0.1:{port}"
        made = httpx.put(f"{address}/index", headers={"Authorization": ANYBODY})
        made.raise_for_status()
        yield address
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def options(address: str) -> dict[str, str]:
    return {
        "endpoint": address,
        "allow_http": "true",
        "aws_access_key_id": "a",
        "aws_secret_access_key": "b",
        "region": "us-east-1",
    }


def test_what_was_acknowledged_is_read_by_another_process_handle(options) -> None:
    """Written, replaced, searched and deleted, without a shared folder in between."""

    async def main() -> None:
        store = await IndexStore.open("s3://index/one", options)
        reader = await IndexReader.open("s3://index/one", options)
        await store.claim(FINGERPRINT)
        mug = document("a", "a red mug", text_vector=text_vector(1, 2))
        await store.upsert("shop", [mug, document("b", "a blue chair")])
        await store.upsert("shop", [document("b", "a green chair")])
        found = await reader.search(SearchRequest("shop", query_text="chair", mode="keyword"))
        assert [(hit.id, hit.text) for hit in found.hits] == [("b", "a green chair")]
        await store.delete("shop", ["b"])
        page = await reader.page("shop", 10, offset=0)
        assert ([entry.id for entry in page.entries], page.total) == (["a"], 1)

    asyncio.run(main())


def test_an_index_is_opened_again_with_its_models_and_documents(options) -> None:
    """A writer that died leaves nothing behind but its commits; other models are refused."""

    async def main() -> None:
        first = await IndexStore.open("s3://index/two", options)
        await first.claim(FINGERPRINT)
        await first.upsert("shop", [document("a")])
        await first.close()
        again = await IndexStore.open("s3://index/two", options)
        assert await again.claim(FINGERPRINT) == FINGERPRINT
        with pytest.raises(IncompatibleIndex):
            await again.claim(Fingerprint("other", "other", 8, 8, "f32", True))
        await again.upsert("shop", [document("b")])
        reader = await IndexReader.open("s3://index/two", options)
        assert (await reader.page("shop", 10, offset=0)).total == 2

    asyncio.run(main())


def test_two_writers_that_overlap_lose_no_acknowledged_write(options) -> None:
    """As while a dead node's writer is replaced: the older one is refused, no id is doubled."""

    async def main() -> None:
        older = await IndexStore.open("s3://index/three", options)
        await older.claim(FINGERPRINT)
        await older.upsert("shop", [document("first")])
        acknowledged = {"first"}

        async def write(store: IndexStore, text: str) -> None:
            for n in range(6):
                await store.upsert("shop", [document(f"d{n}", text)])
                acknowledged.add(f"d{n}")

        async def take_over() -> None:
            newer = await IndexStore.open("s3://index/three", options)
            await write(newer, "newer")

        refused, _ = await asyncio.gather(
            write(older, "older"), take_over(), return_exceptions=True
        )
        assert refused is None or isinstance(refused, WriterReplaced)
        with pytest.raises(WriterReplaced):
            await older.upsert("shop", [document("d0")])
        reader = await IndexReader.open("s3://index/three", options)
        ids = [entry.id for entry in (await reader.page("shop", 100, offset=0)).entries]
        assert len(ids) == len(set(ids))
        assert set(ids) == acknowledged
        assert (await reader.get("shop", "d5")).text == "newer"

    asyncio.run(main())


def test_a_write_that_slept_through_a_takeover_doubles_no_id(options) -> None:
    """The check is part of the commit on object storage too."""

    async def main() -> None:
        older = await IndexStore.open("s3://index/slept", options)
        await older.claim(FINGERPRINT)
        await older.upsert("shop", [document("a")])
        table = older._tables._open["shop"]
        asleep = await older._fence.snapshot(table)
        newer = await IndexStore.open("s3://index/slept", options)
        await newer.upsert("shop", [document("b", "newer")])

        async def snapshot(table: object) -> object:
            return asleep

        older._fence.snapshot = snapshot  # type: ignore[method-assign, assignment]
        with pytest.raises(RuntimeError, match="fields did not match"):
            await older._merge("shop", table, [document("b", "older")])
        reader = await IndexReader.open("s3://index/slept", options)
        assert [entry.id for entry in (await reader.page("shop", 9)).entries] == ["a", "b"]

    asyncio.run(main())


def test_upkeep_works_on_object_storage(options) -> None:
    """Indexes are built, small files joined, and nothing is lost by it."""

    async def main() -> None:
        store = await IndexStore.open("s3://index/four", options)
        await store.claim(FINGERPRINT)
        for n in range(9):
            await store.upsert("shop", [document(f"d{n}", f"word{n}")])
        assert "optimize" in (await store.maintain("shop")).actions
        reader = await IndexReader.open("s3://index/four", options)
        request = SearchRequest("shop", query_text="word7", mode="keyword")
        assert [hit.id for hit in (await reader.search(request)).hits] == ["d7"]

    asyncio.run(main())


def test_an_index_on_object_storage_is_backed_up_and_restored(options, tmp_path) -> None:
    """Into a folder of this machine, and from it into an empty place."""
    from datetime import UTC, datetime
    from pathlib import Path

    from deployments.backup.backup import back_up
    from deployments.backup.errors import NotEmpty
    from deployments.backup.places import Places
    from deployments.backup.restore import restore

    def places(uri: str) -> Places:
        state = tmp_path / uri.rpartition("/")[2]
        return Places(uri, state, state, state / "keys.json", state / "audit.jsonl", options)

    async def written() -> None:
        store = await IndexStore.open("s3://index/original", options)
        await store.claim(FINGERPRINT)
        await store.upsert("shop", [document("a"), document("b")])
        await store.close()

    async def ids(uri: str) -> list[str]:
        reader = await IndexReader.open(uri, options)
        return [entry.id for entry in (await reader.page("shop", 10)).entries]

    now = datetime.now(UTC)
    asyncio.run(written())
    backup: Path = tmp_path / "backup"
    back_up(places("s3://index/original"), backup, lambda: now)
    with pytest.raises(NotEmpty, match="holds something"):
        restore(backup, places("s3://index/original"), now, force=True)
    restore(backup, places("s3://index/restored"), now)
    assert asyncio.run(ids("s3://index/restored")) == ["a", "b"]
