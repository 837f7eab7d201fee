"""The same graph, whose searches keep memory when they are asked to."""

import asyncio
import os
import threading
import time
from typing import Any

from ray import serve
from ray.serve import Application

import graph
from deployments.search import HybridSearch as Deployment
from deployments.settings.service import ServiceSettings
from retrieval.search.request import SearchRequest, SearchResult

MIB = 1024 * 1024
TOO_MUCH = "keep 230 MiB"
MORE_AND_MORE = "keep more and more"
Tight = Deployment.func_or_class


@serve.deployment(name="HybridSearch")
class LeakySearch(Tight):  # type: ignore[misc, valid-type]
    """Answers right; some queries leave something behind."""

    kept: list[bytes] = []  # noqa: RUF012  (it is meant to be kept for ever)

    async def search(self, request: SearchRequest, **sent: Any) -> SearchResult:
        if request.query_text == TOO_MUCH:
            await asyncio.to_thread(self.keep, 230)
        if request.query_text == MORE_AND_MORE:
            threading.Thread(target=self.keep_on, daemon=True).start()
        return await super().search(request, **sent)

    def keep(self, count_mib: int) -> None:
        for _ in range(count_mib):
            self.kept.append(bytes(os.urandom(1)) * MIB)

    def keep_on(self) -> None:
        while True:
            self.keep(10)
            time.sleep(0.02)


def build(settings: ServiceSettings) -> Application:
    """Compose the graph with the leaking search in place of the tight one."""
    graph.HybridSearch = LeakySearch  # type: ignore[assignment]
    return graph.build(settings)
