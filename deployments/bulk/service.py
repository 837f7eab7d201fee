"""What a bulk job asks of the running service."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from api.errors import DeadlineExceeded, Overloaded, Unavailable
from retrieval.documents import Document
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo, SplitReply, SplitRequest
from retrieval.errors import OtherModel, StorageFailed, WriteConflict, WriterReplaced

BUSY = (
    DeadlineExceeded,
    Overloaded,
    Unavailable,
    StorageFailed,
    WriteConflict,
    WriterReplaced,
)
"""What may be otherwise a moment later; every call of a job may be repeated."""
PASSING = (*BUSY, OtherModel)
"""As well as a change of models, after which items are encoded anew."""
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
T = TypeVar("T")


class RetriesExhausted(Exception):
    """The service did not come back in time; what was acknowledged is in the checkpoint."""


class BulkService(Protocol):
    """The deployments behind a job; Ray handles or plain objects implement it."""

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode items."""
        ...

    async def split(self, request: SplitRequest) -> SplitReply:
        """Cut texts into the passages that the text model reads."""
        ...

    async def encoder_info(self) -> EncoderInfo:
        """Say which towers encode."""
        ...

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> None:
        """Write documents; on return they are durable."""
        ...

    async def incarnation(self, namespace: str) -> str | None:
        """Return what tells a namespace from others of its name, None if there is none."""
        ...

    async def spare_index(self, namespace: str, seconds: float) -> None:
        """Ask the writer to put off costly index builds for so long; zero ends it."""
        ...

    async def probe(self, namespace: str) -> None:
        """Search once, as a user would."""
        ...

    async def searches(self) -> int:
        """Return how many searches were served so far, probes included."""
        ...


async def retry(
    call: Callable[[], Awaitable[T]],
    patience_s: float,
    passing: tuple[type[Exception], ...] = PASSING,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Return a call's result; one that finds the service busy or changing is made again.

    Where the service says how long to wait, it is waited for as long.

    Raises:
        GaveUp: It was so for ``patience_s``.
    """
    loop = asyncio.get_running_loop()
    deadline_s, pause_s = loop.time() + patience_s, FIRST_PAUSE_S
    while True:
        try:
            return await call()
        except passing as error:
            wait_s = max(pause_s, getattr(error, "retry_after_s", None) or 0.0)
            if loop.time() + wait_s > deadline_s:
                raise RetriesExhausted(f"for {patience_s:g} s: {error}") from error
        await sleep(wait_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
