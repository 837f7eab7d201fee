"""Engines by name, as ThoughtBranch replicas make them."""

from agents.engines.embedded import EmbeddedEngine
from agents.engines.engine import Engine
from agents.plan_state import PlanState
from agents.toolbox import Toolbox


def engine_named(name: str, toolbox: Toolbox) -> Engine[PlanState]:
    """Return the engine of a name over a toolbox."""
    return EmbeddedEngine(toolbox)
