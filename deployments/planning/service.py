"""What the Planner does, without Ray: runs plans to their end, or as runs that can be followed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

from agents.budget import Budget
from agents.engines.llm import LlmSettings
from agents.errors import AgentError
from agents.events import Event
from agents.memory import Artifact, plan_artifact, reflection_artifact
from agents.planner import plan
from agents.reflection.reflect import reflect
from agents.requests import PlannerDependencies
from agents.run_metrics import (
    CountRun,
    PlanMetrics,
    ReflectMetrics,
    RunMetrics,
    RunStatus,
    plan_metrics,
    reflect_metrics,
    uncounted,
)
from agents.tools.backend_toolbox import BackendToolbox, ReadPath
from api.errors import ApiError, DeadlineExceeded, Overloaded
from api.plan_messages import AnswerBody, EventBatch, PlanCommand, ReflectCommand
from deployments.planning.engines import chosen, for_ignored
from deployments.planning.goal_reading import goal_warnings
from deployments.planning.memory import UpsertDocuments, remember
from deployments.planning.run import PlanRun
from deployments.planning.runs import PlanRuns
from deployments.planning.under_way import Bound, Branches, Counted, needs
from deployments.planning.vocabularies import Pinned, VocabularyService
from deployments.settings.tunables import PlannerTunables
from reliability.deadline import within
from retrieval.errors import RetrievalError
from sustainability.work import attributed_work
from telemetry.logs import get_logger

log = get_logger()

UNUSED_S = 600.0
"""A vocabulary that nobody asked for so long is let go of."""
GRACE_S = 1.0
"""Beyond its deadline a run has so long to put its answer together."""


class PlanningService:
    """Plans over one read path; holds the vocabularies and the runs that can be followed.

    Args:
        read_path: The index.
        branches: Where branches run.
        write: How finished plans are remembered.
        llm: The language model that requests may ask for, None if there is none.
        count: Takes the figures of every run that ended.
    """

    def __init__(
        self,
        read_path: ReadPath,
        branches: Branches,
        write: UpsertDocuments,
        llm: LlmSettings | None = None,
        count: CountRun = uncounted,
    ) -> None:
        self.planning = 0
        self.planned = 0
        self._read_path = read_path
        self._branches = branches
        self._write = write
        self._llm = llm
        self._count = count
        self._tunables = PlannerTunables()
        self._vocabularies = VocabularyService(read_path)
        self.runs = PlanRuns(0, 0, 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.configure(self._tunables)

    def configure(self, tunables: PlannerTunables) -> None:
        """Change bounds for the runs that come next."""
        self._tunables = tunables
        self._vocabularies.max_namespaces = tunables.max_vocabularies
        self.runs.max_kept = tunables.max_kept_runs
        self.runs.max_bytes = tunables.max_kept_bytes
        self.runs.max_running = tunables.max_followed_runs

    def forget(self, now_s: float) -> None:
        """Let go of what quotes documents and was not used for a while."""
        self.runs.forget_finished(now_s - self._tunables.kept_run_s)
        self._vocabularies.forget_unused(now_s - UNUSED_S)

    async def plan(self, order: PlanCommand) -> AnswerBody:
        """Plan to the end; cancelling it cancels every branch.

        Raises:
            AgentError: The order cannot be served as it stands.
            DeadlineExceeded: Not even a partial answer came in time.
        """
        answer: list[AnswerBody] = []
        await self._run(order, lambda event: _keep(event, answer), asyncio.Event())
        return answer[0]

    async def reflect(self, order: ReflectCommand) -> AnswerBody:
        """Judge a plan or an answer and revise it; cancelling it cancels every branch.

        Raises:
            AgentError: The order cannot be served as it stands.
            DeadlineExceeded: Not even a partial answer came in time.
        """
        with self._counted(lambda status, s: ReflectMetrics(status, s)) as counted:
            return await self._reflect(order, counted)

    async def _reflect(self, order: ReflectCommand, counted: Counted) -> AnswerBody:
        request = order.request
        async with self._bounded(request.budget, order.left_s, request.namespace) as bound:
            bounded = replace(request, budget=bound.budget())
            dependencies = self._needs("auto", request.namespace, bound.pinned, bounded.budget)
            found = await reflect(bounded, dependencies)
            body = found.to_json()
            await self._warn(request.goal, body)
            body["usage"]["wall_ms"] = bound.wall_ms()
            artifact = reflection_artifact(request.goal, found) if order.remember else None
            await self._remember(artifact, order, body)
        counted.figures = reflect_metrics(found, counted.elapsed_s())
        return body

    async def start(self, order: PlanCommand) -> EventBatch:
        """Begin a run and return its first events; it goes on while somebody follows it.

        Raises:
            AgentError: The order cannot be served as it stands.
            Overloaded: Too many runs are followed.
        """
        tunables = self._tunables
        run = PlanRun(
            order.owner,
            order.request.namespace,
            tunables.max_run_bytes,
            tunables.abandoned_after_s,
        )
        self.runs.admit(run)
        driven = asyncio.create_task(self._drive(order, run))
        self._tasks.add(driven)
        driven.add_done_callback(self._tasks.discard)
        # Also of one that was cancelled before its first step.
        driven.add_done_callback(lambda _: self.runs.end(run))
        try:
            batch = await run.after(0, order.left_s)
        except asyncio.CancelledError:
            run.cancelled.set()
            raise
        if not batch.events:
            # It ended before its first event: it was refused.
            await driven
        return batch

    async def events(self, run_id: str, owner: str, after: int, wait_s: float) -> EventBatch:
        """Return a run's events after one of them, waiting for the next at most ``wait_s``.

        Raises:
            BadRequest: 404, no such run of this owner.
        """
        return await self.runs.get(run_id, owner).after(after, wait_s)

    async def _drive(self, order: PlanCommand, run: PlanRun) -> None:
        def listen(event: Event) -> None:
            run.tell(event.name, event.data)
            if event.name == "run.started":
                self.runs.add(run)

        try:
            with attributed_work():
                await self._run(order, listen, run.cancelled)
        except (AgentError, ApiError) as error:
            if not run.id:
                raise
            run.tell("run.failed", {"id": run.id, "code": error.code, "message": str(error)})
        except Exception:
            if run.id:
                message = "an unexpected error; the log has its trace"
                run.tell("run.failed", {"id": run.id, "code": "internal_error", "message": message})
            raise
        finally:
            self.runs.end(run)
            run.finish()

    async def _run(
        self, order: PlanCommand, listener: Callable[[Event], None], cancelled: asyncio.Event
    ) -> None:
        strategy = order.request.strategy
        with self._counted(lambda status, s: PlanMetrics(strategy, status, s)) as counted:
            listener(Event("run.finished", await self._plan(order, listener, cancelled, counted)))

    async def _plan(
        self,
        order: PlanCommand,
        listener: Callable[[Event], None],
        cancelled: asyncio.Event,
        counted: Counted,
    ) -> AnswerBody:
        request = order.request
        async with self._bounded(request.budget, order.left_s, request.namespace) as bound:
            bounded = replace(request, budget=bound.budget())
            final = await plan(
                bounded,
                self._needs(order.engine, request.namespace, bound.pinned, bounded.budget),
                # The answer is told by the caller, once it is whole.
                lambda event: None if event.name == "run.finished" else listener(event),
                cancelled,
            )
            body = final.to_json()
            await self._warn(request.goal, body)
            artifact = plan_artifact(final) if order.remember else None
            await self._remember(artifact, order, body)
            body["usage"]["wall_ms"] = bound.wall_ms()
        self.planned += 1
        counted.figures = plan_metrics(final, counted.elapsed_s())
        return body

    @contextmanager
    def _counted(self, unanswered: Callable[[RunStatus, float], RunMetrics]) -> Iterator[Counted]:
        """Have a run counted once, whether it is answered or not."""
        counted = Counted(time.monotonic())
        status: RunStatus = "failed"
        try:
            yield counted
        except asyncio.CancelledError:
            status = "cancelled"
            raise
        except (AgentError, RetrievalError, Overloaded):
            status = "refused"
            raise
        finally:
            self._count(counted.figures or unanswered(status, counted.elapsed_s()))

    @asynccontextmanager
    async def _bounded(self, budget: Budget, left_s: float, namespace: str) -> AsyncIterator[Bound]:
        """Pin the vocabulary; put one deadline round that and everything that follows."""
        deadline_s = min(budget.deadline_ms / 1000, left_s)
        start_s = time.monotonic()
        self.planning += 1
        try:
            with within(deadline_s + GRACE_S):
                async with asyncio.timeout(deadline_s + GRACE_S):
                    wait_s = deadline_s * self._tunables.vocabulary_share
                    pinned = await self._vocabularies.get(namespace, wait_s)
                    yield Bound(pinned, budget, start_s, deadline_s)
        except TimeoutError:
            raise DeadlineExceeded(f"no answer within {deadline_s:g} s") from None
        finally:
            self.planning -= 1

    def _needs(
        self, engine: str, namespace: str, pinned: Pinned, budget: Budget
    ) -> PlannerDependencies:
        toolbox = BackendToolbox(self._read_path, namespace, pinned)  # pyright: ignore
        choice = chosen(engine, self._llm, budget)
        other = for_ignored(engine, self._llm, budget)
        return needs(
            toolbox,
            choice,
            other,
            lambda name: self._branches(name, namespace, pinned),
            pinned,
        )

    async def _warn(self, goal: str, body: AnswerBody) -> None:
        if warnings := await goal_warnings(goal, self._read_path):
            body["warnings"] = [*body.get("warnings", ()), *warnings]

    async def _remember(
        self, artifact: Artifact | None, order: PlanCommand | ReflectCommand, body: AnswerBody
    ) -> None:
        """Write an artifact; what was found is worth an answer though it cannot be kept."""
        body["remembered"] = None
        if artifact is None:
            return
        namespace, account = order.request.namespace, order.account
        try:
            body["remembered"] = await remember(
                artifact, namespace, self._read_path, self._write, account
            )
        except (ApiError, RetrievalError) as error:
            log.warning("planner.not_remembered", error=str(error))
            warning = {"code": "not_remembered", "message": str(error), "where": "remember"}
            body["warnings"] = [*body.get("warnings", ()), warning]


def _keep(event: Event, answer: list[dict[str, Any]]) -> None:
    if event.name == "run.finished":
        answer.append(dict(event.data))
