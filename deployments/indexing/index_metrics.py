"""The index as metrics: commits, upkeep, what it holds and what it takes on disk."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reliability.jobs.job import STATES, JobFigures
from retrieval.documents import Document
from retrieval.store.writing.writer import IndexStore
from telemetry.durations import log_duration
from telemetry.registry import Registry

SLOW_COMMIT_S = 2.0


class IndexMetrics:
    """Counts into a registry.

    Args:
        uri: Of the index; only a folder has a size on disk.
    """

    def __init__(self, registry: Registry, uri: str) -> None:
        self._registry = registry
        self._folder = None if "://" in uri else Path(uri)

    @contextmanager
    def commit(self, documents: Sequence[Document]) -> Iterator[None]:
        """Note a commit: how long it took and, where it stands, what it wrote."""
        start_s = time.perf_counter()
        with log_duration("index.commit", SLOW_COMMIT_S, self._slow, documents=len(documents)):
            yield
        self._registry.observe("brainwav_index_commit_seconds", value=time.perf_counter() - start_s)
        for source, count in Counter(document.source for document in documents).items():
            self._registry.add("brainwav_memory_operations_total", "upsert", source, by=count)

    def deleted(self, count: int) -> None:
        """Note deleted documents; where they were from went with them."""
        if count:
            self._registry.add("brainwav_memory_operations_total", "delete", "-", by=count)

    def maintained(self, outcome: str) -> None:
        """Note a round of upkeep."""
        self._registry.add("brainwav_index_maintenance_total", outcome)

    def remains(self, seconds: float) -> None:
        """Note for how long the oldest remains of a deleted document have been there."""
        self._registry.set("brainwav_index_remains_seconds", to=seconds)

    def queue(self, waiting: int) -> None:
        """Note how many documents wait."""
        self._registry.set("brainwav_index_waiting_documents", to=waiting)

    def jobs(self, figures: JobFigures) -> None:
        """Note how many jobs there are, and how long the oldest waits."""
        for state in STATES:
            self._registry.set("brainwav_jobs", state, to=figures.by_state.get(state, 0))
        self._registry.set("brainwav_jobs_oldest_seconds", to=figures.oldest_s)
        self._registry.set("brainwav_jobs_waiting_bytes", to=figures.waiting_bytes)

    async def measure(self, store: IndexStore) -> None:
        """Note what the index holds now."""
        size = await store.size()
        self._registry.set("brainwav_index_documents", to=size.documents)
        self._registry.set("brainwav_index_namespaces", to=size.namespaces)
        self._registry.set("brainwav_index_version", to=size.versions)
        self._registry.set("brainwav_index_unreadable_namespaces", to=len(size.unreadable))
        if self._folder is not None:
            size_bytes = await asyncio.to_thread(_bytes_of, self._folder)
            self._registry.set("brainwav_memory_size_bytes", to=size_bytes)

    def _slow(self, operation: str) -> None:
        self._registry.add("brainwav_slow_operations_total", operation)


def _bytes_of(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(place, name)).st_size
            except FileNotFoundError:
                # Upkeep removed it meanwhile.
                continue
    return total
