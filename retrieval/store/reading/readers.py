"""The index in use and, while a service changes its models, the one of the others."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.errors import OtherModel
from retrieval.store.reading.reader import IndexReader


class Readers:
    """Finds the index that vectors belong to, by the tag they carry."""

    def __init__(self, main: IndexReader) -> None:
        self._main = main
        self._main_tag = ""
        self._others: dict[str, IndexReader] = {}

    async def hold(self, others: Sequence[IndexReader]) -> None:
        """Offer these beside the one in use, instead of those so far.

        One that nobody has made yet, or that was deleted since, is of no model and left out.
        """
        held: dict[str, IndexReader] = {}
        for reader in others:
            fingerprint = await reader.fingerprint()
            if fingerprint is not None:
                held[fingerprint.tag] = reader
        # Those let go are not closed: a search may still be reading.
        self._others = held

    def forget_unused(self, before_s: float) -> None:
        """Have all readers let go of vectors that were last used before."""
        for reader in (self._main, *self._others.values()):
            reader.forget_unused(before_s)

    async def holding(self, made_by: str) -> IndexReader:
        """Return the index made by the models of this tag; the one in use if there is no tag.

        Raises:
            OtherModel: No index here was made by them.
        """
        if not made_by:
            return self._main
        own = await self._tag()
        if made_by != own and made_by in self._others:
            return self._others[made_by]
        if own and made_by != own:
            raise OtherModel("the models are being changed; try again shortly")
        return self._main

    async def _tag(self) -> str:
        # A new index has none until the first Embedder has claimed it; none changes it later.
        if not self._main_tag:
            fingerprint = await self._main.fingerprint()
            self._main_tag = "" if fingerprint is None else fingerprint.tag
        return self._main_tag
