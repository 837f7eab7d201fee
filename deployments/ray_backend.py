"""The graph behind the routes, by Ray handles: deadlines, one retry of what is safe to repeat."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, TypeVar

import grpc
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle

from api.backend import ComponentHealth, Page, Written
from api.errors import DeadlineExceeded, Overloaded, Unavailable
from deployments.batcher import BatcherClosed, QueueFull
from deployments.settings import IngressTunables
from reliability.deadline import left_s
from retrieval.documents import Document
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo
from retrieval.search import SearchRequest, SearchResult

T = TypeVar("T")

PROBE_DEADLINE_S = 5.0
REPLICA_LOST = (ActorDiedError, ActorUnavailableError, BatcherClosed)


class RayBackend:
    """Implements ``api.backend.Backend`` over deployment handles."""

    def __init__(
        self, embedder: DeploymentHandle, search: DeploymentHandle, writer: DeploymentHandle
    ) -> None:
        self.tunables = IngressTunables()
        self._embedder = embedder
        self._search = search
        self._writer = writer
        self._info: EncoderInfo | None = None

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        """Encode by any Embedder replica."""
        return await self._call(self._embedder, "encode", request)

    async def encoder_info(self) -> EncoderInfo:
        """Say which towers encode; asked once, since another model is another deployment."""
        if self._info is None:
            self._info = await self._call(self._embedder, "info")
        return self._info

    async def search(self, request: SearchRequest) -> SearchResult:
        """Search by any HybridSearch replica."""
        return await self._call(self._search, "search", request)

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> Written:
        """Write through the one writer; a repeated upsert by id changes nothing."""
        deadline_s = self.tunables.write_deadline_s
        result = await self._call(self._writer, "upsert", namespace, documents, within_s=deadline_s)
        return Written(result.upserted, result.version)

    async def delete(self, namespace: str, ids: Sequence[str]) -> Written:
        """Delete through the one writer."""
        deadline_s = self.tunables.write_deadline_s
        result = await self._call(self._writer, "delete", namespace, ids, within_s=deadline_s)
        return Written(result.deleted, result.version)

    async def document(self, namespace: str, document_id: str) -> Document:
        """Read one document."""
        return await self._call(self._search, "document", namespace, document_id)

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        """Read a picture."""
        return await self._call(self._search, "picture", namespace, document_id)

    async def page(self, namespace: str, limit: int, offset: int) -> Page:
        """Read a page of documents."""
        return await self._call(self._search, "page", namespace, limit, offset)

    async def namespaces(self) -> Sequence[str]:
        """Name the namespaces."""
        return await self._call(self._search, "namespaces")

    async def components(self) -> Sequence[ComponentHealth]:
        """Use every component for real, side by side."""
        return await asyncio.gather(
            self._probe("embedder", self._embedder),
            self._probe("search", self._search),
            self._probe("index_writer", self._writer),
        )

    async def _probe(self, name: str, handle: DeploymentHandle) -> ComponentHealth:
        start_s = time.perf_counter()
        try:
            detail = await self._call(handle, "probe", within_s=PROBE_DEADLINE_S)
            healthy = True
        # Whatever is wrong with a component, the health page must still be served.
        except Exception as error:
            detail, healthy = {"error": type(error).__name__}, False
        return ComponentHealth(name, healthy, (time.perf_counter() - start_s) * 1000, detail)

    async def _call(
        self, handle: DeploymentHandle, method: str, *args: Any, within_s: float | None = None
    ) -> Any:
        # The request's own deadline, where it is nearer: nobody waits for what comes after.
        deadline_s = left_s(within_s or self.tunables.read_deadline_s)
        try:
            async with asyncio.timeout(deadline_s):
                return await self._attempt(handle, method, args)
        except TimeoutError:
            raise DeadlineExceeded(
                f"{handle.deployment_name} did not answer within {deadline_s:g} s"
            ) from None

    async def _attempt(self, handle: DeploymentHandle, method: str, args: tuple[Any, ...]) -> Any:
        try:
            return await _translated(handle, method, args)
        except Unavailable:
            # A replica died with the request in its hands. All our calls may be repeated,
            # and the router no longer offers the dead one.
            return await _translated(handle, method, args)


async def _translated(handle: DeploymentHandle, method: str, args: tuple[Any, ...]) -> Any:
    name = handle.deployment_name
    try:
        return await getattr(handle, method).remote(*args)
    except RayTaskError as error:
        cause = error.cause if isinstance(error.cause, Exception) else error
        raise _as_api_error(cause, name) from None
    except Exception as error:
        translated = _as_api_error(error, name)
        if translated is error:
            raise
        raise translated from error


def _as_api_error(error: Exception, name: str) -> Exception:
    if isinstance(error, BackPressureError | QueueFull):
        return Overloaded(f"{name} has a full queue; try again shortly")
    if isinstance(error, DeploymentUnavailableError):
        return Unavailable(f"{name} is not deployed or failed to start")
    if isinstance(error, REPLICA_LOST):
        return Unavailable(f"{name} is restarting")
    if isinstance(error, grpc.RpcError):
        return Unavailable(f"{name} could not be reached")
    return error
