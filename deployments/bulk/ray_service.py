"""The running deployments by Ray handles, for jobs that run outside of them."""

import contextlib
from collections.abc import Sequence
from typing import Any

import grpc
from ray import serve
from ray.exceptions import RayError

from api.errors import Unavailable
from deployments.calls.call import call
from deployments.calls.read_path import RayReadPath
from retrieval.documents import Document
from retrieval.encoding import EncodeRequest
from retrieval.errors import NotFound
from retrieval.search.request import SearchRequest

PROBE = "a probe of the bulk job"


class RayService(RayReadPath):
    """Implements ``BulkService``. Needs a Ray connection (``connection.connect``).

    Args:
        application: Name of the Serve application.
        deadline_s: Of one call; a busy service answers late, and a job has time.
    """

    def __init__(self, application: str = "brainwav", deadline_s: float = 120.0) -> None:
        super().__init__(
            serve.get_deployment_handle("Embedder", application),
            serve.get_deployment_handle("HybridSearch", application),
            lambda: deadline_s,
        )
        self._writer = serve.get_deployment_handle("IndexWriter", application)
        self._deadline = deadline_s

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> None:
        """Write through the one writer."""
        await call(self._writer, "upsert", namespace, documents, within_s=self._deadline)

    async def delete(self, namespace: str, ids: Sequence[str]) -> None:
        """Delete through the one writer."""
        await call(self._writer, "delete", namespace, list(ids), within_s=self._deadline)

    async def incarnation(self, namespace: str) -> str | None:
        """Ask the one writer."""
        return await call(self._writer, "incarnation", namespace, within_s=self._deadline)

    async def spare_index(self, namespace: str, seconds: float) -> None:
        """Put off the first build of vector indexes."""
        await call(self._writer, "spare_index", namespace, seconds, within_s=self._deadline)

    async def probe(self, namespace: str) -> None:
        """Encode a query and search with it."""
        reply = await self.encode(EncodeRequest([PROBE], "text"))
        request = SearchRequest(
            namespace, query_text=PROBE, text_query_vector=reply.vectors[0], made_by=reply.made_by
        )
        # There may be nothing in it yet.
        with contextlib.suppress(NotFound):
            await self.search(request)

    async def searches(self) -> int:
        """Sum up what every replica of HybridSearch has served."""
        try:
            answers: list[Any] = await self._search.broadcast("served").results_async()
        except (RayError, grpc.RpcError) as error:
            raise Unavailable("HybridSearch could not be asked") from error
        return sum(answers)
