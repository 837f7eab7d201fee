"""Changes whose callers give up, and changes that meet other writes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployments.indexing import changes
from deployments.indexing.changes import DocumentChanges
from deployments.indexing.write_service import WriteService
from reliability.books.quota import Account, Quota
from retrieval.errors import PreconditionFailed, WriteConflict
from retrieval.store import IndexStore
from retrieval.store.entries import digest_of
from tests.unit.store.changed_samples import document, opened

ACCOUNT = Account("key:a", Quota(documents=100))


@asynccontextmanager
async def place(
    folder: Path, documents: int
) -> AsyncIterator[tuple[DocumentChanges, IndexStore, WriteService]]:
    """An index with documents that count to somebody."""
    store = await opened(folder / "index")
    service = WriteService(store, folder / "books.sqlite", folder / "audit.jsonl")
    await service.reconcile()
    held = [document(f"d{at}", price=at) for at in range(documents)]
    await service.written(ACCOUNT, "shop", held, lambda: store.upsert("shop", held))
    yield DocumentChanges(store, service, nullcontext), store, service
    await service.close()
    await store.close()


async def given_up(
    begin: Callable[[], Awaitable[Any]],
    monkeypatch: pytest.MonkeyPatch,
    store: IndexStore,
    service: WriteService,
    commit: str,
    count: str,
) -> None:
    """Cancel a call between its commit and its place in the books, and wait for the books."""
    committed, let_go, counted = asyncio.Event(), asyncio.Event(), asyncio.Event()
    commit_it, count_it = getattr(store, commit), getattr(service, count)

    async def commit_and_wait(*args: Any) -> Any:
        result = await commit_it(*args)
        committed.set()
        await let_go.wait()
        return result

    def count_and_tell(*args: Any) -> None:
        count_it(*args)
        counted.set()

    monkeypatch.setattr(store, commit, commit_and_wait)
    monkeypatch.setattr(service, count, count_and_tell)
    call = asyncio.ensure_future(begin())
    async with asyncio.timeout(30):
        await committed.wait()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        let_go.set()
        await counted.wait()


def test_a_namespace_whose_caller_gave_up_counts_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is gone, so its quota is given back, whoever still listens."""

    async def run() -> None:
        async with place(tmp_path, 3) as (changing, store, service):
            assert service.used("key:a").documents == 3
            names = (monkeypatch, store, service, "drop_namespace", "dropped")
            await given_up(lambda: changing.drop("shop"), *names)
            assert service.used("key:a").by_name() == {"documents": 0, "bytes": 0, "namespaces": 0}

    asyncio.run(run())


def test_a_deletion_whose_caller_gave_up_ends_after_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed is counted, what was not is still there."""
    monkeypatch.setattr(changes, "CHUNK", 2)

    async def run() -> None:
        async with place(tmp_path, 5) as (changing, store, service):
            names = (monkeypatch, store, service, "delete_matching", "deleted")
            await given_up(lambda: changing.delete_matching("shop", None, False), *names)
            assert await store.ids("shop") == {"d2", "d3", "d4"}
            assert service.used("key:a").documents == 3
            removed = await changing.delete_matching("shop", None, False)
            assert (removed.matched, removed.deleted) == (3, 3)
            assert service.used("key:a").documents == 0

    asyncio.run(run())


def test_a_change_that_meets_another_write_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upon what the other one wrote; with a condition it is refused instead."""

    async def run() -> None:
        async with place(tmp_path, 1) as (changing, store, _):
            read, others = store.stored, [1]

            async def read_before_another(namespace: str, id: str) -> Any:
                found = await read(namespace, id)
                if others:
                    price = others.pop()
                    there = replace(found, metadata=found.metadata | {"price": 10 + price})
                    await store.upsert("shop", [there])
                return found

            monkeypatch.setattr(store, "stored", read_before_another)
            changed = await changing.patch("shop", "d0", {"new": 1}, None, None)
            assert changed.metadata == {"price": 11, "new": 1}
            digest = digest_of(await read("shop", "d0"))
            others.append(2)
            with pytest.raises(PreconditionFailed):
                await changing.patch("shop", "d0", {"new": 2}, {digest}, None)
            assert (await read("shop", "d0")).metadata == {"price": 12, "new": 1}

    asyncio.run(run())


def test_a_change_that_others_outrun_all_the_time_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not try for ever."""

    async def run() -> None:
        async with place(tmp_path, 1) as (changing, store, _):
            tried = 0

            async def outrun(*_args: Any) -> None:
                nonlocal tried
                tried += 1
                raise WriteConflict("others", "id")

            monkeypatch.setattr(store, "replace", outrun)
            with pytest.raises(WriteConflict):
                await changing.patch("shop", "d0", {"new": 1}, None, None)
            assert tried == changes.TRIES

    asyncio.run(run())
