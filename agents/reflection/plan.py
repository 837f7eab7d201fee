"""A plan under reflection: validated, run, judged by what it found, mended, and grown once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.answer import results_of
from agents.budget import Ledger
from agents.evaluation.evidence_defects import evidence_defects
from agents.evaluation.score import judge
from agents.events import Listener
from agents.goals.read import read_goal
from agents.goals.reading import Reading
from agents.lexicon.vocabulary import Vocabulary
from agents.plans.defects import Defect
from agents.plans.execute import StepOutputs, execute, run_steps
from agents.plans.plan import Plan, Step
from agents.plans.repair import repaired
from agents.plans.validate import plan_defects
from agents.reflection.named_documents import documents_named, known_documents, missing_documents
from agents.reflection.request import ReflectRequest
from agents.reflection.subject import Review
from agents.requests import PlannerDependencies
from agents.tools.evidence import DocSet
from agents.tools.registry import allowed_tools
from agents.tree.dispatch import Dispatcher
from agents.tree.retrieval_world import PlanContext, price_of
from agents.tree.state import PlanState, finished_plan
from agents.tree.strategies import grow_from, run_strategy
from agents.tree.tree import Growth


@dataclass(frozen=True, slots=True)
class _Version:
    """A plan that ran, or None where it could not be run."""

    plan: Plan
    state: PlanState | None


class PlanLooking:
    """Implements ``agents.reflection.subject.Reviewer`` for plans and bare results."""

    def __init__(
        self,
        request: ReflectRequest,
        dependencies: PlannerDependencies,
        ledger: Ledger,
        listener: Listener,
        cancelled: asyncio.Event | None,
    ) -> None:
        self.ledger = ledger
        self.stopped: str | None = None
        self.degraded: str | None = dependencies.degraded
        self._request = request
        self._dependencies = dependencies
        self._listener = listener
        self._cancelled = cancelled
        self._allowed = allowed_tools(request.tools)
        self._versions: dict[str, _Version] = {}
        self._vocabulary = Vocabulary()
        self._reading = Reading(request.goal)
        self._missing: frozenset[str] = frozenset()

    async def first(self) -> Review:
        """Validate the plan, look for the documents it names, run it, and judge what it found."""
        request = self._request
        self._vocabulary = await self.ledger.within(
            self._dependencies.toolbox.vocabulary(), Vocabulary()
        )
        self._reading = read_goal(request.goal, self._vocabulary)
        plan = await self._given()
        named = documents_named(plan)
        self._missing = await missing_documents(named, self._dependencies.toolbox, self.ledger)
        return await self._look(plan)

    async def _given(self) -> Plan:
        request = self._request
        if request.plan is not None:
            return replace(request.plan, goal=request.goal, aspects=self._reading.aspects)
        ids = list(dict.fromkeys(request.results))
        await known_documents(ids, self._dependencies.toolbox, self.ledger)
        steps = [
            Step(f"s{n}", "fetch", {"ids": ids[at : at + 32]}, rationale="the given results")
            for n, at in enumerate(range(0, len(ids), 32), start=1)
        ]
        if len(steps) > 1:
            sources = tuple(step.id for step in steps)
            steps.append(Step(f"s{len(steps) + 1}", "combine", {"method": "max"}, sources, sources))
        return Plan(request.goal, tuple(steps), steps[-1].id, self._reading.aspects)

    async def _look(self, plan: Plan) -> Review:
        flaws = plan_defects(plan, self._allowed, self._request.budget)
        if flaws or not plan.steps:
            if not plan.steps:
                flaws = [
                    Defect("empty_result", "plan", "the plan has no steps", "search"),
                    *_all_uncovered(self._reading),
                ]
            return self._note(plan, None, [*flaws, *self._absent(plan)], StepOutputs())
        ran = await execute(plan, self._dependencies.toolbox, self.ledger)
        state = _state_of(ran.plan, ran.memory)
        found = evidence_defects(state, self._reading, self._vocabulary.index_version or None)
        found += _failed(ran.plan.steps) + self._absent(plan) + _stale(plan, self._vocabulary)
        return self._note(ran.plan, state, _unique(found), ran.memory)

    def _absent(self, plan: Plan) -> list[Defect]:
        return [
            Defect(
                "missing_input",
                where,
                f"there is no document {id!r} in the namespace",
                "drop it, or search for what it was to say",
                (id,),
            )
            for where, id in documents_named(plan)
            if id in self._missing
        ]

    def _note(
        self, plan: Plan, state: PlanState | None, defects: Sequence[Defect], memory: StepOutputs
    ) -> Review:
        key = plan.hash
        self._versions[key] = _Version(plan, state)
        score = 0.0 if state is None else judge(state, self._reading).total
        cost = price_of(plan.steps).cost
        results = results_of(plan, memory, self._request.limit)
        return Review(key, defects, score, cost, plan.to_json(), (), results)

    async def revise(self, version: Review) -> Review | None:
        """Mend the structure where that is broken, else grow the plan by a tree."""
        known = self._versions[version.key]
        hard = any(d.severity == "hard" for d in version.defects)
        if known.state is None or (hard and self._absent(known.plan)):
            mended = repaired(self._without_absent(known.plan), self._allowed, self._request.budget)
            if mended is not None:
                return await self._look(mended)
            return await self._grown(None)
        return await self._grown(known.state)

    def _without_absent(self, plan: Plan) -> Plan:
        steps = []
        for step in plan.steps:
            args = dict(step.args)
            if isinstance(args.get("ids"), list | tuple):
                args["ids"] = [id for id in args["ids"] if id not in self._missing]
                if not args["ids"]:
                    continue
            if args.get("document_id") in self._missing:
                continue
            steps.append(replace(step, args=args))
        answer = plan.answer_step if any(s.id == plan.answer_step for s in steps) else None
        return replace(
            plan, steps=tuple(steps), answer_step=answer or (steps and steps[-1].id) or None
        )

    async def _grown(self, state: PlanState | None) -> Review | None:
        """Return the plan after one tree from the state; a goal with conditions is read anew.

        Conditions, items and relations are what a literal reading decides best, so such a
        plan is not patched.
        """
        request, dependencies = self._request, self._dependencies
        brief = PlanContext(
            self._reading, request.namespace, self._allowed, request.limit, request.seed
        )
        dispatcher = Dispatcher(
            dependencies.executor, self.ledger, brief, dependencies.thinking, self._cancelled
        )
        growth = Growth(dispatcher, self._listener, request.budget.branching)
        root = state if state is not None and not self._reading.structured else PlanState()
        if not await growth.add_root(_pooled(root)):
            self.stopped = dispatcher.stopped or "no_revision"
            return None
        if root.steps:
            await grow_from(growth, request.budget)
        else:
            await run_strategy(
                "auto",
                growth,
                request.budget,
                lambda s: evidence_defects(s, self._reading),
                self._listener,
            )
        self.stopped, self.degraded = dispatcher.stopped, self.degraded or dispatcher.degraded
        if growth.best == "n0":
            return None
        best = growth.states[growth.best]
        finished = finished_plan(
            best, self._reading, request.limit, dependencies.engine, request.seed
        )
        left = [step for step in finished.steps if step.status != "done"]
        ran, memory, _ = await run_steps(left, best.memory, dependencies.toolbox)
        by_id = {step.id: step for step in (*finished.steps, *ran)}
        plan = replace(finished, steps=tuple(by_id[s.id] for s in finished.steps))
        after = _state_of(plan, memory)
        found = evidence_defects(after, self._reading, self._vocabulary.index_version or None)
        found += plan_defects(plan, self._allowed, request.budget)
        return self._note(plan, after, _unique(found), memory)


def _state_of(plan: Plan, memory: StepOutputs) -> PlanState:
    """Return what a plan that ran amounts to."""
    return PlanState(plan.steps, memory, (), plan.answer_step, frozenset())


def _pooled(state: PlanState) -> PlanState:
    """Return the state with its answer in the pool, so that more evidence can join it."""
    if state.answer is None or not isinstance(state.output, DocSet):
        return state
    return replace(state, answer=None, pool=((state.answer, 1.0),))


def _failed(steps: Sequence[Step]) -> list[Defect]:
    return [
        Defect(
            "empty_result",
            step.id,
            f"the step {step.status}: {step.error}",
            "correct its arguments, or drop it",
        )
        for step in steps
        if step.status in ("failed", "skipped")
    ]


def _all_uncovered(reading: Reading) -> list[Defect]:
    return [
        Defect(
            "uncovered_aspect", a.id, f"nothing covers {a.text!r}", "search for it", (), a.weight
        )
        for a in reading.aspects
        if a.weight > 0 and a.kind != "must_not"
    ]


def _stale(plan: Plan, vocabulary: Vocabulary) -> list[Defect]:
    now = vocabulary.index_version
    if not plan.index_version or not now or plan.index_version == now:
        return []
    return [
        Defect(
            "stale_index",
            "plan",
            f"the plan read version {plan.index_version}, the index is at {now}",
            "run it again",
        )
    ]


def _unique(defects: Sequence[Defect]) -> list[Defect]:
    return list({(d.code, d.where, d.message): d for d in defects}.values())
