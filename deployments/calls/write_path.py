"""The write path of a job within the writer: encoding by handle, writing right here."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ray import serve
from ray.serve.handle import DeploymentHandle

from api.backend import Written
from api.errors import Unavailable
from deployments.calls.call import call
from reliability.books.quota import Account
from reliability.jobs.job import JobOrder
from retrieval.documents import Document
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo, SplitReply, SplitRequest

ENCODE_S = 120.0
"""A busy Embedder answers late, and a job has time."""


class UpsertResult(Protocol):
    """What the writer says of a commit."""

    @property
    def upserted(self) -> int:
        """Return how many documents were written."""
        ...

    @property
    def version(self) -> int:
        """Return the version that holds them."""
        ...


Upsert = Callable[[str, Sequence[Document], Account | None], Awaitable[UpsertResult]]


class JobWritePath:
    """Implements ``api.writing.document_writer.WriteBackend`` for one job.

    Args:
        embedder: Finds the handle: the Embedder itself needs the writer, and starts after it.
        upsert: The writer's own.
        order: Names what the job's documents count to.
        wants: Whether they are still to be written: while they were encoded the job was cancelled,
            or its namespace dropped.
    """

    def __init__(
        self,
        embedder: Callable[[], DeploymentHandle],
        upsert: Upsert,
        order: JobOrder,
        wants: Callable[[JobOrder], bool],
    ) -> None:
        self._embedder, self._upsert, self._order, self._wants = embedder, upsert, order, wants

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode by any Embedder replica."""
        return await call(self._embedder(), "encode", request, within_s=ENCODE_S)

    async def split(self, request: SplitRequest) -> SplitReply:
        """Have texts cut by any Embedder replica."""
        return await call(self._embedder(), "split", request, within_s=ENCODE_S)

    async def encoder_info(self) -> EncoderInfo:
        """Say which towers encode."""
        return await call(self._embedder(), "info", within_s=ENCODE_S)

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> Written:
        """Write to the job's account.

        Raises:
            Unavailable: Nobody wants them any more.
        """
        if not self._wants(self._order):
            raise Unavailable("the job is cancelled")
        result = await self._upsert(namespace, documents, self._order.account)
        return Written(result.upserted, result.version)


def embedder_handle() -> DeploymentHandle:
    """Return the handle of this application's Embedder."""
    return serve.get_deployment_handle("Embedder", serve.get_replica_context().app_name)
