"""A planted regression: the same graph, whose searches take half a second longer."""

import asyncio
from typing import Any

from ray import serve
from ray.serve import Application

import graph
from deployments.search import HybridSearch as Deployment
from deployments.settings.service import ServiceSettings
from retrieval.search.request import SearchRequest, SearchResult

DELAY_S = 0.5
Quick = Deployment.func_or_class


@serve.deployment(name="HybridSearch")
class SlowSearch(Quick):  # type: ignore[misc, valid-type]
    """Answers right, and late."""

    async def search(self, request: SearchRequest, **sent: Any) -> SearchResult:
        await asyncio.sleep(DELAY_S)
        return await super().search(request, **sent)


def build(settings: ServiceSettings) -> Application:
    """Compose the graph with the slow search in place of the quick one."""
    graph.HybridSearch = SlowSearch  # type: ignore[assignment]
    return graph.build(settings)
