"""The engine with a language model: it proposes and votes; rules and evidence keep it honest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from agents.engines.embedded.engine import EmbeddedEngine, thoughts
from agents.engines.llm.answers import Move, Moves, Votes
from agents.engines.llm.ladder import Ladder
from agents.engines.llm.own_calls import own_thought
from agents.engines.llm.prompts import PROPOSE, VOTE, field_names_of, propose_prompt, vote_prompt
from agents.engines.llm.settings import LlmSettings
from agents.evaluation.score import judge, uncovered_terms
from agents.tools.port import Toolbox
from agents.tree.problem import Allowance, Evaluated, Proposed
from agents.tree.retrieval_world import PlanContext
from agents.tree.state import EVIDENCE, PlanState, ranking
from agents.tree.thoughts import Score, Thought
from agents.usage import ResourceUsage

NAME = "llm"
VOTE_WEIGHT = 1.0
NO_VOTE = 0.5
"""Stands in where the model gave no vote, so that scores of one tree stay comparable."""
SHARE_OF_DEADLINE = 0.4
"""Of what is left, per request: a branch makes two, and the embedded engine needs some."""
MAX_OPTIONS = 8


def llm_estimate(settings: LlmSettings) -> Callable[[int], ResourceUsage]:
    """Return the engine's ``estimate``: one request to propose and one to vote, at most."""
    # The fixed part of a prompt and a schema in it come on top of the material.
    fixed = int((max(len(PROPOSE), len(VOTE)) + 1200) / settings.bytes_per_token)
    tokens = 2 * (settings.prompt_tokens + fixed + settings.max_output_tokens)
    return lambda width: ResourceUsage(llm_tokens=tokens)


class LlmEngine:
    """Implements ``agents.tree.problem.Engine``; answers by rules where the model cannot.

    The model chooses among the embedded engine's thoughts by number and may add searches
    of its own; both pass the validator before they become thoughts. Votes are one part of
    a score; whether a goal is complete is decided by evidence alone.
    """

    name = NAME

    def __init__(self, toolbox: Toolbox, ladder: Ladder, settings: LlmSettings) -> None:
        self._toolbox = toolbox
        self._ladder = ladder
        self._settings = settings
        self._embedded = EmbeddedEngine(toolbox)
        self._estimate = llm_estimate(settings)

    def estimate(self, width: int) -> ResourceUsage:
        """Return one request to propose and one to vote, at most."""
        return self._estimate(width)

    async def propose(
        self, brief: PlanContext, states: Sequence[PlanState], width: int, allowance: Allowance
    ) -> Proposed:
        """Return the model's moves first, then the embedded engine's, at most ``width``."""
        vocabulary = await self._toolbox.vocabulary()
        options = [thoughts(brief, state, vocabulary)[:MAX_OPTIONS] for state in states]
        left = [
            uncovered_terms(state.docs(ranking(state, (), EVIDENCE).ids), brief.reading)
            for state in states
        ]
        bound = self._settings.max_prompt_bytes
        prompt = propose_prompt(
            brief, states, options, left, width, bound, field_names_of(vocabulary)
        )
        asked = await self._ladder.ask(PROPOSE, prompt, Moves, *self._bounds(allowance))
        used = ResourceUsage(llm_tokens=asked.tokens)
        if asked.value is None:
            return Proposed([own[:width] for own in options], used, _degraded(asked.reason))
        chosen = [
            _chosen(brief, state, own, [m for m in asked.value.moves if m.state == number])
            for number, (state, own) in enumerate(zip(states, options, strict=True))
        ]
        return Proposed([found[:width] for found in chosen], used)

    async def evaluate(
        self, brief: PlanContext, states: Sequence[PlanState], allowance: Allowance
    ) -> Evaluated:
        """Judge by evidence, and by the model's vote where there is evidence to read."""
        judged = [judge(state, brief.reading) for state in states]
        read = [at for at, state in enumerate(states) if ranking(state, (), 1).ids]
        if not read:
            return Evaluated(judged)
        prompt = vote_prompt(brief, [states[at] for at in read], self._settings.max_prompt_bytes)
        asked = await self._ladder.ask(VOTE, prompt, Votes, *self._bounds(allowance))
        given = {} if asked.value is None else {v.state: v.score / 10 for v in asked.value.votes}
        votes = {at: given.get(place, NO_VOTE) for place, at in enumerate(read)}
        scores = [_with_vote(score, votes.get(at, 0.0)) for at, score in enumerate(judged)]
        reason = None if asked.value is not None else _degraded(asked.reason)
        return Evaluated(scores, ResourceUsage(llm_tokens=asked.tokens), reason)

    def _bounds(self, allowance: Allowance) -> tuple[int, float]:
        seconds = min(
            self._settings.call_timeout_s, max(0.001, SHARE_OF_DEADLINE * allowance.deadline_s)
        )
        return allowance.usage.llm_tokens, seconds


def _degraded(reason: str | None) -> str:
    return f"language model: {reason or 'no answer'}"


def _with_vote(score: Score, vote: float) -> Score:
    parts = {**score.parts, "vote": vote}
    return Score(score.total + VOTE_WEIGHT * vote, parts, score.complete)


def _chosen(
    brief: PlanContext, state: PlanState, options: Sequence[Thought], moves: Sequence[Move]
) -> list[Thought]:
    """Return the moves that hold as thoughts, in the model's order, then what it left out."""
    found: dict[str, Thought] = {}
    for place, move in enumerate(moves):
        prior = 3.0 - 0.05 * place
        thought = _thought(brief, state, options, move, prior)
        if thought is not None and thought.key not in state.calls:
            found.setdefault(thought.key, thought)
    for option in options:
        # The model's choice comes first; the rest is there for when it leads nowhere.
        found.setdefault(option.key, replace(option, prior=0.1 * option.prior))
    return list(found.values())


def _thought(
    brief: PlanContext, state: PlanState, options: Sequence[Thought], move: Move, prior: float
) -> Thought | None:
    if move.option is not None:
        if move.option >= len(options):
            return None
        return replace(options[move.option], prior=prior, origin=NAME)
    own = own_thought(brief, state, move, prior)
    return None if own is None else replace(own, origin=NAME)
