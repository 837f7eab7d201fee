"""Vocabularies: what is handed out as the newest is."""

import asyncio
from dataclasses import dataclass, field

from deployments.planning.vocabularies import VocabularyService
from retrieval.documents import Document


@dataclass
class Page:
    documents: list[Document]
    total: int
    version: int


@dataclass
class Index:
    """A namespace whose reading can be held."""

    now: int = 5
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    reads: int = 0

    async def version(self, namespace: str) -> int:
        return self.now

    async def page(self, namespace: str, limit: int, offset: int) -> Page:
        self.reads += 1
        self.reading.set()
        await self.gate.wait()
        return Page([], 0, self.now)


def test_one_that_was_begun_before_a_write_is_not_handed_out_as_newest() -> None:
    """Version 7 was acknowledged while that of version 5 was being built."""

    async def run():
        index = Index()
        service = VocabularyService(index)  # type: ignore[arg-type]
        early = asyncio.create_task(service.get("n", 60))
        await index.reading.wait()
        index.now = 7
        later = [asyncio.create_task(service.get("n", 60)) for _ in range(3)]
        await asyncio.sleep(0)
        index.gate.set()
        pinned = await asyncio.gather(early, *later)
        return [(p.vocabulary.index_version, p.late) for p in pinned], index.reads

    versions, reads = asyncio.run(run())
    assert versions == [(5, None), (7, None), (7, None), (7, None)]
    assert reads == 2


def test_without_the_time_to_build_another_an_older_one_says_so() -> None:
    """The newest that is ready is handed out, with the reason."""

    async def run():
        index = Index()
        index.gate.set()
        service = VocabularyService(index)  # type: ignore[arg-type]
        await service.get("n", 60)
        index.now = 7
        index.gate.clear()
        late = await service.get("n", 0)
        index.gate.set()
        newest = await service.get("n", 60)
        return late, newest

    late, newest = asyncio.run(run())
    assert late.vocabulary.index_version == 5
    assert "7" in (late.late or "")
    assert (newest.vocabulary.index_version, newest.late) == (7, None)


def test_a_namespace_that_was_dropped_meanwhile_is_waited_for_once() -> None:
    """Its version is 0 by then, and no build will ever reach the one that was seen."""

    async def run():
        index = Index()
        service = VocabularyService(index)  # type: ignore[arg-type]
        first = asyncio.create_task(service.get("n", 60))
        await index.reading.wait()
        index.now = 7
        second = asyncio.create_task(service.get("n", 60))
        await asyncio.sleep(0)
        index.now = 0
        index.gate.set()
        await first
        return (await second).vocabulary.index_version, index.reads

    assert asyncio.run(run()) == (0, 2)
