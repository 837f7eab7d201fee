"""Vocabularies of the namespaces that are planned over: built once a version, then pinned.

Of the version before, the words of documents whose text is the same are not counted again.

A run and all its branches use one vocabulary, whatever is written meanwhile, so that the tree
does not depend on which replica took which branch.
"""

import asyncio
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass

from agents.lexicon.vocabulary import KeptWords, Vocabulary, VocabularyBuilder
from agents.tools.backend_toolbox import ReadPath, build_vocabulary
from telemetry.logs import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True)
class Pinned:
    """A vocabulary under a name of its own. Also the cache that a toolbox asks.

    ``key`` differs between any two that were built, though a namespace that was deleted and
    made anew counts its versions from the start. ``late`` says why it is not the newest.
    """

    key: str
    vocabulary: Vocabulary
    late: str | None = None

    async def get(self, read_path: ReadPath, namespace: str) -> Vocabulary:
        """Return this vocabulary, whatever the index holds by now."""
        return self.vocabulary


class VocabularyService:
    """Builds vocabularies in the background and hands out the newest that is ready in time.

    Args:
        read_path: Where documents are read.
        max_namespaces: So many vocabularies are kept; the one not asked for longest goes.
    """

    def __init__(self, read_path: ReadPath, max_namespaces: int = 8) -> None:
        self.max_namespaces = max_namespaces
        self._read_path = read_path
        self._ready: OrderedDict[str, Pinned] = OrderedDict()
        self._building: dict[str, asyncio.Task[Pinned]] = {}
        self._used_s: dict[str, float] = {}
        self._kept: dict[str, KeptWords] = {}

    async def get(self, namespace: str, wait_s: float) -> Pinned:
        """Return a namespace's vocabulary, the latest one if it is ready within ``wait_s``.

        Otherwise an older one, or an empty one, with ``late`` set; the latest goes on being
        built for those who come next.
        """
        self._used_s[namespace] = time.monotonic()
        latest = await self._read_path.version(namespace)
        known = self._ready.get(namespace)
        if known is not None:
            self._ready.move_to_end(namespace)
            if known.vocabulary.index_version == latest:
                return known
        try:
            async with asyncio.timeout(wait_s):
                return await self._built(namespace, latest)
        except TimeoutError:
            return _late(self._ready.get(namespace), latest)

    async def _built(self, namespace: str, latest: int) -> Pinned:
        """Return a vocabulary that was begun after ``latest`` was read, or holds it anyway."""
        begun_before = self._building.get(namespace)
        if begun_before is not None:
            pinned = await asyncio.shield(begun_before)
            if pinned.vocabulary.index_version >= latest:
                return pinned
        building = self._building.get(namespace)
        if building is None:
            building = asyncio.create_task(self._build(namespace))
            self._building[namespace] = building
        # Others wait for it too, and the next request wants it.
        return await asyncio.shield(building)

    def forget_unused(self, before_s: float) -> None:
        """Forget what was last asked for before: it may hold words of deleted documents.

        Whatever is asked for is built anew for every version.
        """
        for namespace in [name for name, used_s in self._used_s.items() if used_s < before_s]:
            del self._used_s[namespace]
            self._ready.pop(namespace, None)
            self._kept.pop(namespace, None)

    async def _build(self, namespace: str) -> Pinned:
        try:
            version = await self._read_path.version(namespace)
            builder = VocabularyBuilder(self._kept.get(namespace))
            vocabulary = await build_vocabulary(self._read_path, namespace, version, builder)
            # Only what the index holds now: words of deleted documents go with the old ones.
            self._kept[namespace] = builder.kept
            pinned = Pinned(uuid.uuid4().hex, vocabulary)
            self._ready[namespace] = pinned
            self._ready.move_to_end(namespace)
            while len(self._ready) > self.max_namespaces:
                gone, _ = self._ready.popitem(last=False)
                self._kept.pop(gone, None)
            log.info("vocabulary.built", documents=vocabulary.documents)
            return pinned
        finally:
            del self._building[namespace]


def _late(known: Pinned | None, latest: int) -> Pinned:
    if known is None:
        why = f"the vocabulary of index version {latest} is still being built: words only"
        return Pinned(uuid.uuid4().hex, Vocabulary(latest), why)
    older = known.vocabulary.index_version
    why = f"the vocabulary of index version {latest} is still being built: {older} was used"
    return Pinned(known.key, known.vocabulary, why)
