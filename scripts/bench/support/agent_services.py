"""Planning in this process or over HTTP, as one service."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import httpx
from tqdm import tqdm

from agents.budget import Budget
from agents.lexicon.vocabulary import Vocabulary
from agents.planner import plan
from agents.requests import PlanRequest, in_process
from agents.tools.backend_toolbox import BackendToolbox, VocabularyCache
from agents.tools.port import Query
from scripts.bench.support.agent_index import IndexRow, LocalIndex

TOP = 10
PlanBody = Mapping[str, Any]


class GoalPlanner(Protocol):
    """Where goals are planned."""

    async def index(self, namespace: str, rows: Sequence[IndexRow]) -> None: ...

    async def search(self, namespace: str, text: str) -> list[str]: ...

    async def plan(
        self, namespace: str, goal: str, strategy: str, budget: Mapping[str, int]
    ) -> PlanBody: ...


class PermutedTitles:
    """A toolbox whose titles point to wrong documents: the placebo of following links."""

    def __init__(self, toolbox: BackendToolbox) -> None:
        self._toolbox = toolbox
        self.search, self.fetch = toolbox.search, toolbox.fetch
        self._dealt: Vocabulary | None = None

    async def vocabulary(self) -> Vocabulary:
        """Return the vocabulary with its titles dealt out anew, always in the same way."""
        if self._dealt is None:
            known = await self._toolbox.vocabulary()
            ids = list(known.titles.values())
            random.Random(0).shuffle(ids)
            self._dealt = replace(known, titles=dict(zip(known.titles, ids, strict=True)))
        return self._dealt


class InProcess:
    """The planner and the store in this process."""

    def __init__(self, index: LocalIndex) -> None:
        self._index = index
        self._cache = VocabularyCache()

    async def index(self, namespace: str, rows: Sequence[IndexRow]) -> None:
        await self._index.write(namespace, rows)
        # The vocabulary belongs to the index version, not to a request.
        await self._cache.get(self._index, namespace)

    def toolbox(self, namespace: str) -> BackendToolbox:
        return BackendToolbox(self._index, namespace, self._cache)

    async def search(self, namespace: str, text: str) -> list[str]:
        found = await self.toolbox(namespace).search(Query("hybrid", text, limit=TOP))
        return [doc.id for doc, _ in found.hits]

    async def plan(
        self,
        namespace: str,
        goal: str,
        strategy: str,
        budget: Mapping[str, int],
        placebo: bool = False,
    ) -> PlanBody:
        toolbox = self.toolbox(namespace)
        dependencies = in_process(PermutedTitles(toolbox) if placebo else toolbox)
        request = PlanRequest(goal, strategy, namespace, budget=Budget(**budget))
        return (await plan(request, dependencies)).to_json()


class OverHttp:
    """A running service; waits where it is told to."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=120)

    async def _post(self, path: str, body: Mapping[str, Any], method: str = "POST") -> PlanBody:
        while True:
            answer = await self._client.request(method, path, json=body)
            if answer.status_code != 429:
                answer.raise_for_status()
                return answer.json()
            await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))

    async def index(self, namespace: str, rows: Sequence[IndexRow]) -> None:
        for start in tqdm(range(0, len(rows), 100), f"indexing {namespace}", unit="batch"):
            documents = [item.to_json() for item in rows[start : start + 100]]
            body = {"namespace": namespace, "documents": documents}
            failed = (await self._post("/documents", body, "PUT"))["failed"]
            if failed:
                raise RuntimeError(failed[0])

    async def search(self, namespace: str, text: str) -> list[str]:
        body = {"namespace": namespace, "query": text, "limit": TOP}
        return [hit["id"] for hit in (await self._post("/search", body))["results"]]

    async def plan(
        self, namespace: str, goal: str, strategy: str, budget: Mapping[str, int]
    ) -> PlanBody:
        body = {
            "goal": goal,
            "strategy": strategy,
            "engine": "embedded",
            "namespace": namespace,
            "limit": TOP,
            "budget": dict(budget),
        }
        return await self._post("/agents/plan", body)
