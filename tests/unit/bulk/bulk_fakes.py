"""A service for bulk jobs without Ray: remembers documents, fails and kills on demand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api.errors import Unavailable
from retrieval.catalogue.products import Product, products
from retrieval.documents import Document
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    EncoderInfo,
    ItemError,
    ItemReport,
    SplitReply,
    SplitRequest,
)

INFO = EncoderInfo("t", "p", 4, 4, 77, "fp32", "", 1, "cpu", True)


class Killed(BaseException):
    """The job's process ends here, as by SIGKILL: nobody may catch it."""


class FakeService:
    """Implements ``BulkService``.

    Args:
        unavailable: So many calls fail before the first one succeeds.
    """

    def __init__(self, unavailable: int = 0) -> None:
        self.documents: dict[str, Document] = {}
        self.incarnations = ["namespace 0"]
        self.encoded = 0
        self.background: set[bool] = set()
        self.writes = 0
        self.kill_after: int | None = None
        """The write with this number is committed, and never acknowledged."""
        self._unavailable = unavailable

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        if self._unavailable:
            self._unavailable -= 1
            raise Unavailable("Embedder is restarting")
        self.background.add(request.background)
        self.encoded += len(request.items)
        reports = [_report(item) for item in request.items]
        return EncodeReply(np.ones((len(request.items), 4), np.float32) / 2, reports)

    async def split(self, request: SplitRequest) -> SplitReply:
        return SplitReply([[(0, len(text))] for text in request.texts])

    async def encoder_info(self) -> EncoderInfo:
        return INFO

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> None:
        self.documents |= {document.id: document for document in documents}
        self.writes += 1
        if self.writes == self.kill_after:
            raise Killed

    async def incarnation(self, namespace: str) -> str | None:
        return self.incarnations[-1] if self.documents else None

    def drop(self) -> None:
        """Drop the namespace; it is made again by the next write."""
        self.documents = {}
        self.incarnations.append(f"namespace {len(self.incarnations)}")

    async def spare_index(self, namespace: str, seconds: float) -> None:
        return None

    async def probe(self, namespace: str) -> None:
        return None

    async def searches(self) -> int:
        return 0


def _report(item: str | bytes) -> ItemReport:
    error = ItemError("unusable_input", "it is rotten") if item == "rotten" else None
    return ItemReport(error, unreadable=isinstance(item, str) and not item.isascii())


def draw_into(folder: Path, count: int) -> list[Product]:
    """Write pictures of the drawn catalogue into two folders."""
    drawn = list(products(count))
    for number, product in enumerate(drawn):
        place = folder / ("even" if number % 2 == 0 else "odd")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{product.sku}.png").write_bytes(product.picture)
    return drawn
