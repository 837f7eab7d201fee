"""Fakes small enough to trust: towers that count words and colours, a backend without Ray."""

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from agents.engines.llm import LlmSettings
from agents.run_metrics import RunMetrics
from api.backend import Changed, ListedDocuments, Removed, Written
from api.plan_messages import AnswerBody, EventBatch, PlanCommand, ReflectCommand
from deployments.batching.batch import BatchLimits
from deployments.encoding.service import EncodingService
from deployments.indexing.changes import DocumentChanges
from deployments.indexing.write_service import WriteService
from deployments.jobs.service import JobService
from deployments.jobs.writing import PieceWriter
from deployments.planning.branch_service import BranchService
from deployments.planning.engines import EngineFactory
from deployments.planning.remote_branches import RemoteBranches
from deployments.planning.service import PlanningService
from deployments.search import _from_entry, _light
from reliability.books.audit_entries import AuditPage, AuditQuery
from reliability.books.once import Once
from reliability.books.quota import Account, QuotaUsage
from reliability.jobs.job import JobOrder, JobStatement
from retrieval.documents import Document, Json
from retrieval.encoding import (
    EncodeReply,
    EncodeRequest,
    EncoderInfo,
    SplitReply,
    SplitRequest,
    ThumbnailRequest,
)
from retrieval.filtering.parse import Filter
from retrieval.namespaces.map import MapRequest, NamespaceMap
from retrieval.namespaces.statistics import NamespaceStatistics
from retrieval.search.query_encoding import QueryReply, QueryRequest, encode_query
from retrieval.search.request import SearchRequest, SearchResult
from retrieval.search.suggestion import Suggestions
from retrieval.store.fingerprint import Fingerprint
from retrieval.store.reading.maps import NamespaceMaps
from retrieval.store.reading.reader import IndexReader
from retrieval.store.reading.readers import settings_of, suggest
from retrieval.store.reading.statistics import NamespaceFigures
from retrieval.store.writing.writer import IndexStore
from retrieval.words.settings import NamespaceSettings
from tests.local_operator import LocalOperator
from tests.towers import DIMENSION, fake_encoder, fake_info, thumbnail_of


class _Account:
    """The write path of one client's job."""

    def __init__(self, backend: "LocalBackend", order: JobOrder) -> None:
        self._backend, self._order, self.split = backend, order, backend.split
        self.encode, self.encoder_info = backend.encode, backend.encoder_info

    async def upsert(self, namespace: str, documents: Sequence[Document]) -> Written:
        return await self._backend.upsert(namespace, documents, self._order.account)


class LocalBackend(LocalOperator):
    """The graph in one process: the real store and batcher, fake towers."""

    def __init__(self, folder: Path, llm: LlmSettings | None = None) -> None:
        super().__init__()
        self._folder = folder
        self._ready = asyncio.Lock()
        self._store: IndexStore | None = None
        self.encoding: EncodingService | None = None
        self.counted: list[RunMetrics] = []
        self.branches = BranchService(self, EngineFactory(llm, os.environ))
        self.planning = PlanningService(
            self,
            lambda engine, namespace, pinned: RemoteBranches(
                lambda call, within_s: self.branches.expand(call), engine, namespace, pinned
            ),
            self.upsert,
            llm,
            self.counted.append,
        )

    async def _open(self) -> tuple[IndexStore, IndexReader, EncodingService]:
        async with self._ready:
            if self._store is None:
                self._store = await IndexStore.open(str(self._folder))
                await self._store.claim(
                    Fingerprint("words", "colours", DIMENSION, DIMENSION, "fp32", True)
                )
                self._reader = await IndexReader.open(str(self._folder))
                self.figures = NamespaceFigures(self._reader)
                self.maps = NamespaceMaps(self._reader)
                beside = self._folder.parent
                named = f"{self._folder.name}-"
                self.service = WriteService(
                    self._store, beside / f"{named}clients.sqlite", beside / f"{named}audit.jsonl"
                )
                await self.service.reconcile()
                self.changes = DocumentChanges(self._store, self.service, nullcontext)
                self.jobs_service = JobService(
                    beside / f"{named}jobs.sqlite",
                    PieceWriter(lambda order: _Account(self, order), self.energy),
                )
                self.encoding = EncodingService(fake_encoder(), BatchLimits(), 2, 2)
        if self.failing is not None:
            raise self.failing
        assert self.encoding is not None
        return self._store, self._reader, self.encoding

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        return await (await self._open())[2].encode(request)

    async def split(self, request: SplitRequest) -> SplitReply:
        return await (await self._open())[2].split(request)

    async def thumbnail(self, request: ThumbnailRequest) -> bytes:
        return await thumbnail_of((await self._open())[2], request)

    async def encode_query(self, request: QueryRequest) -> QueryReply:
        return await encode_query(request, self.encode, (await self.encoder_info()).one_space)

    async def encoder_info(self) -> EncoderInfo:
        return fake_info()

    async def search(self, request: SearchRequest) -> SearchResult:
        return await (await self._open())[1].search(request)

    async def upsert(
        self, namespace: str, documents: Sequence[Document], account: Account | None = None
    ) -> Written:
        store = (await self._open())[0]
        result = await self.service.written(
            account, namespace, documents, lambda: store.upsert(namespace, documents)
        )
        return Written(result.upserted, result.version)

    async def delete(self, namespace: str, ids: Sequence[str]) -> Written:
        store = (await self._open())[0]
        if namespace not in await store.namespaces():
            return Written(0, 0)
        await self.service.deleting(namespace)
        result = await store.delete(namespace, ids)
        self.service.deleted(namespace, ids)
        return Written(result.deleted, result.version)

    async def patch(
        self,
        namespace: str,
        document_id: str,
        patch: Mapping[str, Json],
        wanted: Collection[str] | None,
        account: Account | None = None,
    ) -> Changed:
        await self._open()
        return await self.changes.patch(namespace, document_id, patch, wanted, account)

    async def delete_matching(
        self, namespace: str, wanted: Filter | None, dry_run: bool
    ) -> Removed:
        await self._open()
        return await self.changes.delete_matching(namespace, wanted, dry_run)

    async def drop_namespace(self, namespace: str) -> Written:
        await self._open()
        return await self.changes.drop(namespace)

    async def used(self, owner: str) -> QuotaUsage:
        await self._open()
        return self.service.used(owner)

    async def begin_once(self, client: str, key: str, fingerprint: bytes, busy_s: float) -> Once:
        await self._open()
        return self.service.begin_once(client, key, fingerprint, busy_s)

    async def end_once(self, client: str, key: str, status: int, answer: bytes) -> None:
        self.service.end_once(client, key, status, answer)

    async def release_once(self, client: str, key: str, forget: bool) -> None:
        self.service.release_once(client, key, forget)

    async def submit_job(self, order: JobOrder, drafts: bytes) -> JobStatement:
        await self._open()
        return await self.jobs_service.submit(order, drafts)

    async def job(self, owner: str, id: str, limit: int, offset: int) -> JobStatement:
        await self._open()
        return self.jobs_service.get(owner, id, limit, offset)

    async def jobs(self, owner: str, limit: int, offset: int) -> tuple[list[JobStatement], int]:
        await self._open()
        return self.jobs_service.page(owner, limit, offset)

    async def cancel_job(self, owner: str, id: str) -> JobStatement:
        await self._open()
        return self.jobs_service.cancel(owner, id)

    async def work_jobs_off(self) -> None:
        """Do all that waits, as a running service does by itself."""
        await self._open()
        while await self.jobs_service.step():
            pass

    async def audit_begin(
        self, who: str, act: str, request_id: str, what: Mapping[str, str]
    ) -> int:
        await self._open()
        return await self.service.audit_begin(who, act, request_id, what)

    async def audit_end(self, number: int, status: int, what: Mapping[str, str]) -> None:
        await self.service.audit_end(number, status, what)

    async def audit(self, wanted: AuditQuery) -> AuditPage:
        await self._open()
        return await self.service.audit(wanted)

    async def document(self, namespace: str, document_id: str) -> Document:
        return _light(await (await self._open())[1].get(namespace, document_id))

    async def documents(self, namespace: str, ids: Sequence[str]) -> Sequence[Document]:
        reader = (await self._open())[1]
        return [_from_entry(entry) for entry in await reader.entries(namespace, ids)]

    async def picture(self, namespace: str, document_id: str) -> tuple[bytes, str]:
        return await (await self._open())[1].picture(namespace, document_id)

    async def page(self, namespace: str, limit: int, offset: int) -> ListedDocuments:
        reader = (await self._open())[1]
        page = await reader.page(namespace, limit, offset=offset)
        entries = [_from_entry(entry) for entry in page.entries]
        return ListedDocuments(entries, page.total, await reader.version(namespace))

    async def version(self, namespace: str) -> int:
        return await (await self._open())[1].version(namespace)

    async def suggest(self, namespace: str, typed: str, most: int) -> Suggestions:
        return await suggest((await self._open())[1], namespace, typed, most)

    async def settings(self, namespace: str) -> NamespaceSettings:
        return await settings_of((await self._open())[1], namespace)

    async def set_settings(
        self, namespace: str, settings: NamespaceSettings, wanted: Collection[str] | None
    ) -> int:
        await self._open()
        return await self.changes.set_settings(namespace, settings, wanted)

    async def statistics(self, namespace: str) -> NamespaceStatistics:
        await self._open()
        return await self.figures.of(namespace)

    async def namespace_map(self, request: MapRequest) -> NamespaceMap:
        await self._open()
        return await self.maps.of(request)

    async def plan(self, order: PlanCommand) -> AnswerBody:
        return await self.planning.plan(order)

    async def reflect(self, order: ReflectCommand) -> AnswerBody:
        return await self.planning.reflect(order)

    async def start_plan(self, order: PlanCommand) -> EventBatch:
        return await self.planning.start(order)

    async def plan_events(self, run_id: str, owner: str, after: int, wait_s: float) -> EventBatch:
        return await self.planning.events(run_id, owner, after, wait_s)

    async def namespaces(self) -> Sequence[str]:
        return await (await self._open())[1].namespaces()
