"""A full disk: a refusal with a code, nothing acknowledged lost, and writing goes on by itself."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.errors import StorageFailed, StorageFull, is_of_input
from retrieval.store import IndexReader, IndexStore
from retrieval.store.faults import fault_of
from tests.unit.retrieval.retrieval_samples import FINGERPRINT, document, text_vector


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes; where mounting is not allowed the test is not run."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_refuses_and_an_emptied_one_goes_on(small_disk: Path) -> None:
    """Upserts, deletes, new namespaces and upkeep say that there is no room; then all is well."""
    stuffing = small_disk / "stuffing"

    async def run() -> None:
        store = await IndexStore.open(str(small_disk / "index"))
        await store.claim(FINGERPRINT)
        await store.upsert("shop", [document("a", text_vector=text_vector(1))])
        acknowledged = ["a"]

        async def write_until_full() -> None:
            for i in range(400):
                await store.upsert("shop", [document(f"b{i}", picture=os.urandom(10_000))])
                acknowledged.append(f"b{i}")
                if i == 20:
                    _fill(stuffing)

        with pytest.raises(StorageFull) as caught:
            await write_until_full()
        assert not is_of_input(caught.value)
        for call in (
            lambda: store.delete("shop", ["a"]),
            lambda: store.upsert("zoo", [document("a")]),
        ):
            with pytest.raises(StorageFull):
                await call()
        # A writer that is started anew meanwhile waits for room too.
        await store.close()
        store = await IndexStore.open(str(small_disk / "index"))
        with pytest.raises(StorageFull):
            await store.upsert("shop", [document("b")])
        reader = await IndexReader.open(str(small_disk / "index"))
        assert {e.id for e in (await reader.page("shop", 1000)).entries} == set(acknowledged)
        stuffing.unlink()
        await store.upsert("shop", [document("later")])
        await store.upsert("zoo", [document("a")])
        assert (await store.delete("shop", ["a"])).deleted == 1
        found = [entry.id for entry in (await reader.page("shop", 1000)).entries]
        assert sorted(found) == sorted({*acknowledged[1:], "later"})

    asyncio.run(run())


def _fill(stuffing: Path) -> None:
    with contextlib.suppress(OSError), stuffing.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(28, "No space left on device"), StorageFull),
        (OSError(122, "Disk quota exceeded"), StorageFull),
        (
            RuntimeError("lance error: LanceError(IO): No space left on device (os error 28)"),
            StorageFull,
        ),
        (OSError(5, "Input/output error"), StorageFailed),
        (RuntimeError("lance error: LanceError(IO): Generic S3 error: 500"), StorageFailed),
        (RuntimeError("lance error: Not found: /x/1.lance"), type(None)),
        (RuntimeError("lance error: Invalid user input"), type(None)),
        (OverflowError("date value out of range"), type(None)),
    ],
)
def test_a_fault_of_the_storage_is_told_from_others(error: Exception, kind: type) -> None:
    """By what the system and Lance say; a namespace that was dropped is no fault."""
    assert type(fault_of(error)) is kind
