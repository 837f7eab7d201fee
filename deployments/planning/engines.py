"""Engines by name: which one a request gets, and what ThoughtBranch replicas make of the name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from agents.budget import Budget
from agents.engines.embedded.engine import EmbeddedEngine
from agents.engines.fallback import FallbackEngine
from agents.engines.llm import NAME as LLM
from agents.engines.llm import Ladder, LlmEngine, LlmSettings, api_key, build_ladder, llm_estimate
from agents.errors import EngineUnavailable
from agents.requests import free
from agents.tools.port import Toolbox
from agents.tree.problem import Engine
from agents.tree.state import PlanState
from agents.usage import ResourceUsage

EMBEDDED = EmbeddedEngine.name


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine of one run: its name, what a thought of its costs at most, and whether it is
    another one than was asked for."""

    name: str = EMBEDDED
    thinking: Callable[[int], ResourceUsage] = free
    degraded: str | None = None


def chosen(asked: str, settings: LlmSettings | None, budget: Budget) -> EngineChoice:
    """Return the engine for what a request asks for: ``auto``, ``embedded`` or ``llm``.

    A language model that is not configured, or that the token budget has no room for, is
    replaced by the embedded engine.
    """
    if asked == EMBEDDED or (asked == "auto" and (settings is None or not settings.use_for_auto)):
        return EngineChoice()
    if settings is None:
        return EngineChoice(degraded="no language model is configured")
    thinking = llm_estimate(settings)
    needed = thinking(budget.branching).llm_tokens
    if needed > budget.max_tokens:
        reason = f"one thought may take {needed} tokens, the budget has {budget.max_tokens}"
        return EngineChoice(degraded=f"language model: {reason}")
    return EngineChoice(LLM, thinking)


def for_ignored(asked: str, settings: LlmSettings | None, budget: Budget) -> EngineChoice | None:
    """Return the engine that ``auto`` asks where the embedded one ignores words, if there is one.

    None where no language model is configured, where it is asked anyway, where the operator does
    not want it, or where the budget has no room.
    """
    if asked != "auto" or settings is None or settings.use_for_auto or not settings.ask_of_ignored:
        return None
    choice = chosen(LLM, settings, budget)
    return choice if choice.name == LLM else None


def problem(settings: LlmSettings | None, environ: Mapping[str, str]) -> str | None:
    """Return why a configured language model could never answer, or None.

    A server that does not answer now is no such reason: it may do so later.
    """
    if settings is None:
        return None
    if find_spec("openai") is None:
        return "args.llm needs the openai package: pip install 'openai>=2,<4'"
    try:
        api_key(settings, environ)
    except EngineUnavailable as error:
        return f"args.llm: {error}"
    return None


class EngineFactory:
    """Makes engines on one replica; all of them share one client, which is made when first needed.

    Args:
        settings: Of the language model, None where there is none.
        environ: Where its key may be.
    """

    def __init__(self, settings: LlmSettings | None, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._environ = environ
        self._shared: Ladder | None = None

    def __call__(self, name: str, toolbox: Toolbox) -> Engine[PlanState]:
        """Return the engine of a name over a toolbox, or one that stands in and says why."""
        if name != LLM:
            return EmbeddedEngine(toolbox)
        if self._settings is None:
            # The planner knows a newer configuration than this replica.
            return FallbackEngine(toolbox, "no language model is configured")
        try:
            return LlmEngine(toolbox, self._ladder(self._settings), self._settings)
        except EngineUnavailable as error:
            return FallbackEngine(toolbox, f"language model: {error}")

    def state(self) -> str:
        """Return how the language model is, as far as this replica knows without asking it."""
        if self._settings is None:
            return "not configured"
        outage = None if self._shared is None else self._shared.outage
        return f"left alone for a while: {outage}" if outage else "configured"

    async def close(self) -> None:
        """Let the connections go."""
        if self._shared is not None:
            await self._shared.close()

    def _ladder(self, settings: LlmSettings) -> Ladder:
        if self._shared is None:
            self._shared = build_ladder(settings, api_key(settings, self._environ))
        return self._shared
