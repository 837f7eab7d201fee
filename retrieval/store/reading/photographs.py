"""What is said of a search that went over photographs of the embedded model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from retrieval.photograph_mark import are_photographs, has_photographs
from retrieval.search.request import SearchRequest, SearchWarning
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reading.legs.leg import SearchContext
from retrieval.store.schema import IMAGE_VECTOR

MESSAGE = (
    "photographs were searched, of which the embedded model recognises common things only: "
    "animals, vehicles, food, furniture, tools and the like; no colours, counts, faces or actions"
)


class PhotographMarks:
    """Whether an index's model marks photographs, found out once.

    Args:
        recorded: Returns the index's fingerprint, None while it is new.
    """

    def __init__(self, recorded: Callable[[], Awaitable[Fingerprint | None]]) -> None:
        self._recorded = recorded
        self._known: bool | None = None

    async def photographs(self) -> bool:
        """Return whether vectors of pictures say that they are photographs'."""
        if self._known is None:
            fingerprint = await self._recorded()
            # None changes it later than the first Embedder, which claims a new index.
            if fingerprint is None:
                return False
            self._known = has_photographs(fingerprint.image_model)
        return self._known


async def photographs_searched(
    request: SearchRequest, work: SearchContext
) -> tuple[SearchWarning, ...]:
    """Return the warning if photographs were among what was searched by vectors."""
    asked = request.image_query_vector is not None and request.mode != "keyword"
    if not asked or not work.marks_photographs:
        return ()
    # Of a large namespace a sample: photographs that are one in a thousand may be missed.
    sample = await work.sample(IMAGE_VECTOR)
    if not are_photographs(sample.vectors).any():
        return ()
    return (SearchWarning("recognises_common_things_only", MESSAGE, "namespace"),)
