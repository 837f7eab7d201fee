"""The state of a plan search: the steps so far, what they yielded, and what that amounts to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.goals.reading import Reading
from agents.plans.canonical import digest
from agents.plans.execute import StepOutputs, groups_of
from agents.plans.plan import Plan, Step, call_keys
from agents.tools.evidence import Doc, DocSet, Group, Output, ScoredDocument
from agents.tools.operators import combine_evidence, exclude, first
from agents.usage import ResourceUsage

EVIDENCE = 10
"""A state is judged, and named, by its best ten documents: what a page of results shows."""
MAX_SET = 200
SUMMARY_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class PlanState:
    """Steps that ran, in order, and their outputs. Frozen and picklable.

    Args:
        steps: Done or failed.
        memory: Outputs and documents.
        pool: Steps whose documents make up the evidence, each with its weight.
        answer: The step that is the answer by itself, such as a group; else the pool is.
        calls: Keys of the thoughts that led here.
    """

    steps: tuple[Step, ...] = ()
    memory: StepOutputs = field(default_factory=StepOutputs)
    pool: tuple[tuple[str, float], ...] = ()
    answer: str | None = None
    calls: frozenset[str] = frozenset()

    def docs(self, ids: Sequence[str]) -> list[Doc]:
        """Return documents by id; ids that are not in memory are left out."""
        return [self.memory.docs[id] for id in ids if id in self.memory.docs]

    @property
    def output(self) -> Output | None:
        """The answer step's output, None where the pool is the answer."""
        return None if self.answer is None else self.memory.outputs.get(self.answer)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The answer's groups, if it has any."""
        return groups_of(self.output)


def ranking(state: PlanState, unwanted: Sequence[str] = (), limit: int = MAX_SET) -> DocSet:
    """Return the evidence, best first: the answer's documents, or the pool's."""
    if state.answer is not None:
        output = state.output
        if isinstance(output, DocSet):
            return first(output, limit)
        scores = [] if output is None else list(output.ids)
        return DocSet(tuple(_by_place(scores)[:limit]))
    sets, weights = _pooled(state)
    pooled = combine_evidence(sets, weights)
    if unwanted:
        pooled = exclude(pooled, state.memory.docs, unwanted, None)
    return first(pooled, limit)


def _by_place(ids: Sequence[str]) -> list[ScoredDocument]:
    return [ScoredDocument(id, 1.0 - at / max(1, len(ids))) for at, id in enumerate(ids)]


def _pooled(state: PlanState) -> tuple[list[DocSet], list[float]]:
    sets, weights = [], []
    for id, weight in state.pool:
        output = state.memory.outputs.get(id)
        if isinstance(output, DocSet):
            sets.append(output)
            weights.append(weight)
    return sets, weights


def state_key(state: PlanState) -> str:
    """Return the canonical key: two plans that found the same, in the same order, are one state.

    Plans that found nothing are told apart by what they tried: what one can ask less of,
    another never asked.
    """
    ids = ranking(state, (), EVIDENCE).ids
    groups = [group.members for group in state.groups[:EVIDENCE]]
    return digest([ids, groups] if ids else sorted(state.calls))


def finished_plan(state: PlanState, reading: Reading, limit: int, engine: str, seed: int) -> Plan:
    """Return the plan whose execution gives this state's answer, without its dead ends.

    The last steps (combine, exclude, summarize) are still ``planned``: they cost no
    call to the index, and running them is the caller's.
    """
    steps = [step for step in state.steps if step.status == "done"]
    answer = state.answer
    if answer is None and state.pool:
        inputs = tuple(id for id, _ in state.pool)
        weights = {id: round(weight, 6) for id, weight in state.pool}
        answer = _next(steps)
        excluded = bool(reading.unwanted)
        args = {"method": "evidence", "weights": weights, "limit": MAX_SET if excluded else limit}
        why = f"combine: evidence of {len(inputs)} steps"
        steps.append(Step(answer, "combine", args, inputs, inputs, why))
        if excluded:
            answer = _next(steps)
            steps.append(
                Step(
                    answer,
                    "exclude",
                    {"terms": list(reading.unwanted)},
                    (steps[-1].id,),
                    (steps[-1].id,),
                    f"exclude: {', '.join(reading.unwanted)}",
                )
            )
    kept = _needed(steps, answer)
    return Plan(
        reading.goal,
        kept,
        answer,
        reading.aspects,
        state.memory.index_version or reading.index_version,
        engine,
        seed,
    )


def with_summary(plan: Plan) -> Plan:
    """Return the plan with a step that quotes the answer's documents; the answer stays as it is."""
    if plan.answer_step is None:
        return plan
    args = {"query": plan.goal, "sentences": SUMMARY_SENTENCES}
    inputs = (plan.answer_step,)
    step = Step(
        _next(plan.steps), "summarize", args, inputs, inputs, "summarize: the best documents"
    )
    return replace(plan, steps=(*plan.steps, step))


def _needed(steps: Sequence[Step], answer: str | None) -> tuple[Step, ...]:
    """Return the steps that the answer rests on."""
    by_id = {step.id: step for step in steps}
    wanted, todo = set(), [answer] if answer else []
    while todo:
        id = todo.pop()
        if id not in wanted and id in by_id:
            wanted.add(id)
            todo += by_id[id].all_dependencies
    return tuple(step for step in steps if step.id in wanted)


def _next(steps: Sequence[Step]) -> str:
    numbers = [int(step.id[1:]) for step in steps if step.id[1:].isdigit()]
    return f"s{max(numbers, default=0) + 1}"


def merged(states: Sequence[PlanState]) -> PlanState:
    """Return one state with the evidence of several: their pools, equal calls once.

    An answer that stands by itself has no pool to merge; such states are left out. The
    weights of a call that several states made do not add up.
    """
    steps: list[Step] = []
    outputs: dict[str, Output] = {}
    docs: dict[str, Doc] = {}
    pool: dict[str, float] = {}
    by_key: dict[str, str] = {}
    version, calls = 0, frozenset()
    for state in states:
        if state.answer is not None:
            continue
        keys, renamed = call_keys(state.steps), {}
        for step in state.steps:
            id = by_key.setdefault(keys[step.id], f"s{len(by_key) + 1}")
            renamed[step.id] = id
            if not any(other.id == id for other in steps):
                steps.append(_renamed(step, id, renamed))
            if step.id in state.memory.outputs:
                outputs[id] = state.memory.outputs[step.id]
        for id, weight in state.pool:
            pool[renamed[id]] = max(weight, pool.get(renamed[id], 0.0))
        docs |= state.memory.docs
        version, calls = max(version, state.memory.index_version), calls | state.calls
    return PlanState(
        tuple(steps), StepOutputs(outputs, docs, version), tuple(pool.items()), None, calls
    )


def _renamed(step: Step, id: str, names: Mapping[str, str]) -> Step:
    return replace(
        step,
        id=id,
        inputs=tuple(names.get(i, i) for i in step.inputs),
        depends_on=tuple(names.get(i, i) for i in step.depends_on),
    )


def spent(state: PlanState) -> ResourceUsage:
    """Return what the state's steps used."""
    total = ResourceUsage()
    for step in state.steps:
        total = total + step.usage
    return total
